"""The steps of a setup in their order, one file per step; `STEPS` is what `walking` goes through."""

from bot.commands.setup.steps.address import ADDRESS
from bot.commands.setup.steps.backup import BACKUP
from bot.commands.setup.steps.key import KEY
from bot.commands.setup.steps.office import OFFICE
from bot.commands.setup.steps.people import PEOPLE
from bot.commands.setup.steps.posters import POSTERS
from bot.commands.setup.steps.start import START
from bot.commands.setup.steps.telegram import TELEGRAM
from bot.commands.setup.steps.trial import TRIAL
from bot.commands.setup.steps.zalo_bot import ZALO_BOT
from bot.commands.setup.steps.zalo_oa import ZALO_OA

STEPS = (OFFICE, ADDRESS, KEY, BACKUP, TELEGRAM, ZALO_OA, ZALO_BOT, TRIAL, PEOPLE, POSTERS, START)
