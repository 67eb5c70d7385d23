"""
`ocopbot setup`: leads an operator through the configuration, one question at a time.

Every answer is written at once: into the configuration file, a secret into a file readable by its owner only.
`progress` remembers the questions that were answered, and no value.  `scene` is all a step may use, `steps` has one
file per step, and `walking` goes through them.
"""
