"""
The guided demo: sample people, their phones before local platforms, a guide that plays them, and the page.

`serving.serve_demo` is for `bot.commands.serving`; the other modules are private to the package.  The facts on the
page are read by `registry.demonstration`.
"""
