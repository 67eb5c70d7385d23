"""
The rows behind both Zalo channels: consent, tokens, refusals, budgets and the plan.

`bot.serving.registered` names `account.py` and `plan.py`; `ocopbot zalo` imports `consent.py` and `status.py`.
"""
