"""
/thongbao: writing, approving, editing and following broadcasts, and "đã hiểu" of their recipients.

`thongbao` lists its commands.  Others may import `words` (the texts and buttons of a broadcast), `state.Composing`,
`approval` (the second official), and from `composing` the limits of a text.
"""
