"""The register of all commands and conversations."""

from content.actions import (
    answers,
    claims,
    listening,
    office_answers,
    offices,
    officials,
    papers,
    producers,
    ready_remarks,
    reminding,
)  # fmt: skip
from handlers import (
    capquyen,
    dulieu,
    giay,
    gioithieu,
    hoi,
    kiemtra,
    lienhe,
    lienket,
    nghiphep,
    nhacviec,
    start,
    tencanbo,
    trangthai,
    tuychon,
)
from handlers import office_answers as giaidap
from handlers import vieccanlam as tasks
from handlers.danger.answering import danger_answered
from handlers.dangky import dangky, lamho
from handlers.duyet import duyet
from handlers.form import form
from handlers.front_desk.front_desk import FrontDesk
from handlers.hanchot import hanchot
from handlers.listening import goloi, loinoi, nghe, thuam
from handlers.nhan import claiming, handing_over
from handlers.soandap import soandap
from handlers.taphuan import taphuan
from handlers.thongbao import thongbao
from handlers.wishes import which_meant

ACTIONS = (
    answers, producers, reminding, officials, offices, papers, office_answers, claims, listening, ready_remarks,
)  # fmt: skip
"""The files of actions: imported here, so that `content.actions.action.parse` knows all of them."""

ROOMS = (
    start,
    gioithieu,
    hoi,
    which_meant,
    dangky,
    form,
    trangthai,
    tasks,
    nhacviec,
    lienhe,
    kiemtra,
    lienket,
    claiming,
    handing_over,
    dulieu,
    tuychon,
    duyet,
    giay,
    hanchot,
    thongbao,
    taphuan,
    lamho,
    tencanbo,
    soandap,
    giaidap,
    capquyen,
    nghiphep,
    goloi,
    loinoi,
    nghe,
    thuam,
)

COMMANDS = tuple(command for room in ROOMS for command in room.COMMANDS)
CONVERSATIONS = tuple(
    conversation
    for room in (
        dangky,
        form,
        claiming,
        lienhe,
        kiemtra,
        duyet,
        hanchot,
        thongbao,
        taphuan,
        lamho,
        tencanbo,
        soandap,
        capquyen,
        nghiphep,
        goloi,
        thuam,
    )
    for conversation in room.CONVERSATIONS
)
COMMAND_NAMES = frozenset(command.name for command in COMMANDS) | start.ALIASES.keys()


def front_desk() -> FrontDesk:
    return FrontDesk(COMMANDS, CONVERSATIONS, hoi.ask, start.ALIASES, contact=claiming.vouched, danger=danger_answered)
