"""
Registering an idea: consent, the form, submitting, completing and correcting it, and entering it for another person.

`dangky` and `lamho` list the commands; `idea` says the state of an idea, `paper` fills its paper in, `correcting`
corrects it from free words.
"""
