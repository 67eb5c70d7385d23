"""
The people a reminder is for, and the correction when a day was moved.

`scheduler.reminders` is the job; it uses `opened` and `moved`.
"""
