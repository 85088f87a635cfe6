"""Replies read from a server that says exactly what the test tells it, in exactly these packets."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence

import pytest

from intake.smtp_talk import LONGEST, Broken, Reply, Talk, lines

PAUSE = 0.05
"""Seconds between two packets: longer than the other side needs to read one."""
CLOSE = None

Story = Callable[[Talk], Awaitable[None]]


def talk(packets: Sequence[Sequence[bytes | None]], story: Story) -> list[bytes]:
    """A connection to a server that answers the n-th packet of ours with the n-th of these; returns ours."""
    heard: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for answers in packets:
            heard.append(await reader.read(65_536))
            for packet in answers:
                if packet is None:
                    return
                writer.write(packet)
                await asyncio.sleep(PAUSE)
        await reader.read()

    async def told() -> None:
        over = asyncio.Event()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with contextlib.suppress(ConnectionError):
                await answer(reader, writer)
            writer.close()
            over.set()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        transport, _ = await asyncio.get_running_loop().create_connection(
            asyncio.Protocol, *server.sockets[0].getsockname()
        )
        one = Talk(transport)
        try:
            await story(one)
        finally:
            one.close()
            await over.wait()
            server.close()
            await asyncio.sleep(0.01)  # transports close one turn of the loop after they are told to

    asyncio.run(told())
    return heard


def words(answers: Sequence[Reply | Broken]) -> list[str]:
    return [str(one) for one in answers]


def test_commands_that_go_together_get_their_answers_in_order() -> None:
    async def story(one: Talk) -> None:
        answers = await one.exchange(lines(["MAIL FROM:<>", "RCPT TO:<a@x.example>", "DATA"]), 3, 5)
        assert answers == [Reply(250, "sender"), Reply(550, "nobody"), Reply(354, "go on")]
        assert await one.exchange(b".\r\n", 1, 5) == [Reply(250, "done")]

    heard = talk([[b"250 sender\r\n550 nobody\r\n354 go on\r\n"], [b"250 done\r\n"]], story)
    assert heard == [b"MAIL FROM:<>\r\nRCPT TO:<a@x.example>\r\nDATA\r\n", b".\r\n"]


def test_a_reply_may_come_in_pieces_and_in_several_lines() -> None:
    async def story(one: Talk) -> None:
        assert await one.exchange(b"x\r\n", 2, 5) == [Reply(250, "first second third"), Reply(421, "")]
        assert one.open

    talk([[b"25", b"0-first\r\n250-", b"second\r\n250 third\r", b"\n421", b"\r\n"]], story)


def test_an_answer_before_the_end_counts_and_what_came_no_more_is_broken() -> None:
    async def story(one: Talk) -> None:
        first, *rest = await one.exchange(b"x\r\n", 3, 5)
        assert first == Reply(421, "4.3.2 going down")
        assert words(rest) == ["the server closed the connection"] * 2
        assert not one.open
        assert words(await one.exchange(b"y\r\n", 1, 5)) == ["the server closed the connection"]

    talk([[b"421 4.3.2 going down\r\n", CLOSE]], story)


@pytest.mark.parametrize(
    ("packet", "why"),
    [
        (b"hello there\r\n", "the server's answer was not SMTP (hello there)"),
        (b"\r\n", "the server's answer was not SMTP ()"),
        (b"250-" + b"x" * LONGEST, "the server's answer was not SMTP (its answer is too long)"),
        (b"250-x\r\n" * (LONGEST // 2), "the server's answer was not SMTP (its answer is too long)"),
    ],
    ids=["words", "nothing", "a long line", "many lines"],
)
def test_what_is_no_reply_ends_the_connection(packet: bytes, why: str) -> None:
    async def story(one: Talk) -> None:
        assert words(await one.exchange(b"x\r\n", 1, 5)) == [why]
        assert not one.open

    talk([[packet]], story)


def test_words_that_nobody_asked_for_are_no_answer_to_the_next_command() -> None:
    async def story(one: Talk) -> None:
        assert await one.exchange(b"x\r\n", 1, 5) == [Reply(250, "ok")]
        await asyncio.sleep(2 * PAUSE)
        assert not one.open
        assert words(await one.exchange(b"y\r\n", 1, 5)) == ["the server spoke unasked"]

    assert talk([[b"250 ok\r\n", b"250 and more\r\n"]], story) == [b"x\r\n"]


@pytest.mark.parametrize("more", [b"421 4.4.2 bye\r\n", b"421-4.4.2\r\n", b"42"])
def test_words_after_the_answer_leave_the_answer_and_end_the_connection(more: bytes) -> None:
    async def story(one: Talk) -> None:
        assert await one.exchange(b"x\r\n", 1, 5) == [Reply(250, "taken")]
        assert not one.open

    talk([[b"250 taken\r\n" + more]], story)


def test_each_answer_has_its_own_time() -> None:
    async def story(one: Talk) -> None:
        answers = await one.exchange(b"x\r\n", 6, 3 * PAUSE)
        assert words(answers) == ["250 ok"] * 5 + ["no answer in time"]
        assert not one.open

    talk([[b"250 ok\r\n"] * 5], story)


def test_a_short_time_after_a_long_one_is_short() -> None:
    async def story(one: Talk) -> None:
        assert await one.exchange(b"x\r\n", 1, 600) == [Reply(250, "ok")]
        assert words(await asyncio.wait_for(one.exchange(b"y\r\n", 1, PAUSE), 5)) == ["no answer in time"]

    talk([[b"250 ok\r\n"], []], story)


def test_who_stops_waiting_leaves_no_answer_to_the_next() -> None:
    async def story(one: Talk) -> None:
        waiting = asyncio.create_task(one.exchange(b"x\r\n", 1, 5))
        await asyncio.sleep(PAUSE)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert not one.open

    talk([[]], story)


@pytest.mark.parametrize("command", ["RCPT TO:<a@x>\r\nDATA", "MAIL\0", "NOOP\n", "x\N{LINE SEPARATOR}y"])
def test_a_command_that_would_be_two_is_never_written(command: str) -> None:
    with pytest.raises(ValueError, match="cannot be written"):
        lines([command])
