"""
Wishes said in everyday words, before the search is asked.

`answering` is called by `handlers.hoi`.  It asks `just_happened` (what the person's own records say) first, then
`services`.  A wish only opens the place that serves it: nothing is sent, and nothing is changed that has a yes of its
own there.
"""
