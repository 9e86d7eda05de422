"""After the commit: every socket that may see an event gets it, encoded once for each audience."""

from __future__ import annotations

from collections.abc import Callable

from chat.hub import hub, topics
from chat.log.entries import Done
from chat.payloads.events import event_frame, read_frame
from chat.wire import encode

#: Called with each Done that changed something, on the event loop; the queue's board listens here.
listeners: list[Callable[[Done], None]] = []


def announce(done: Done) -> None:
    """Publish what an entry changed. To be called on the event loop, only after the commit."""
    here = hub.current()
    head = done.head
    technicians = [topics.conversation(head.id), *(topics.technician(one) for one in done.owners)]
    customer = [topics.customer(head.customer)]
    for event in done.events:
        here.publish(technicians, encode(event_frame(event, for_customer=False)), (head.id, event.seq, 0))
        if event.customer_seq is not None:
            mark = (head.id, 0, event.customer_seq)
            here.publish(customer, encode(event_frame(event, for_customer=True)), mark)
    if done.read is not None and done.reader is not None:
        here.publish(technicians, encode(read_frame(done, done.reader, for_customer=False)))
        here.publish(customer, encode(read_frame(done, done.reader, for_customer=True)))
    for listener in listeners:
        listener(done)
