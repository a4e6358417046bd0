"""The socket that a kernel shares with its client: messages come out as they went in, however they travel."""

import socket
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thads_analysis.run.wire import OUTPUTS, REQUESTS, Wire

messages = st.lists(
    st.tuples(st.sampled_from([REQUESTS, OUTPUTS]), st.lists(st.binary(max_size=60), max_size=7)), max_size=8
)


@pytest.fixture
def ends():
    left, right = socket.socketpair()
    with left, right:
        yield left, right


def take_bytes(sent):
    """What messages look like between the two ends."""
    left, right = socket.socketpair()
    with left, right:
        wire = Wire(left)
        for channel, frames in sent:
            wire.send(channel, frames)
        left.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: right.recv(4096), b""))


@given(messages, st.data())
def test_messages_arrive_whole_and_in_order_in_whatever_pieces_they_come(sent, data):
    bare = take_bytes(sent)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(bare)), max_size=5)))
    pieces = [bare[a:b] for a, b in zip([0, *cuts], [*cuts, len(bare)], strict=True)]
    left, right = socket.socketpair()
    with left, right:
        wire, came = Wire(right), []
        for piece in pieces:
            left.sendall(piece)
            came += wire.receive()
        assert came == sent


def test_a_message_larger_than_the_sockets_room_is_sent_by_one_and_taken_by_the_other(ends):
    left, right = map(Wire, ends)
    frames = [b"x" * 3_000_000, b"", b"y" * 5]
    sender = threading.Thread(target=left.send, args=(OUTPUTS, frames))
    sender.start()
    came = []
    while not came:
        came += right.receive()
    sender.join()
    assert came == [(OUTPUTS, frames)]


def test_nothing_to_receive_is_no_wait_and_an_end_that_is_gone_is_told(ends):
    left, right = ends
    wire = Wire(right)
    assert list(wire.receive()) == []
    Wire(left).send(REQUESTS, [b"last"])
    left.close()
    assert list(wire.receive()) == [(REQUESTS, [b"last"])]
    with pytest.raises(EOFError):
        list(wire.receive())
    with pytest.raises(OSError, match="Broken pipe"):
        wire.send(REQUESTS, [b"nobody there"])


def test_messages_of_several_threads_do_not_mix(ends):
    left, right = map(Wire, ends)
    sent = [[bytes([letter]) * 2000] * 20 for letter in range(8)]
    threads = [threading.Thread(target=left.send, args=(OUTPUTS, frames)) for frames in sent]
    for thread in threads:
        thread.start()
    came = []
    while len(came) < len(sent):
        came += [frames for _, frames in right.receive()]
    assert sorted(came) == sent
