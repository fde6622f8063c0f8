"""Runs commands inside a node when told to, side by side: see attendant.ts.

Reads lines   ID TIMEOUT_MS INPUT ARGUMENTS ENVIRONMENT
Writes lines  ID STATUS TIMED_OUT STDOUT STDERR
INPUT and all after it, STDOUT and STDERR are in hex; between arguments, and between NAME=VALUE, is a NUL.
STATUS is as shells say it: 128 + number of a signal that ended it, 127 where it cannot be started.
Programs are looked for in the PATH of this one. While nobody reads its answers, no time limit is kept.
Ends when its standard input has ended, and what it runs. Imports nothing that Python has to compile first.
"""

import os
import select
import time

# Python ignores them, and what it starts would: SIGPIPE and SIGXFSZ.
IGNORED = (13, 25)
poll = select.poll()
handlers = {}
commands = set()


def say(number, status, timed_out, stdout, stderr):
    line = b"%s %d %d %s %s\n" % (number, status, timed_out, stdout.hex().encode(), stderr.hex().encode())
    try:
        while line:
            line = line[os.write(1, line) :]
    except BrokenPipeError:
        """Nobody hears any more; what is under way ends within its own time, and this with it."""


class Command:
    def __init__(self, number, timeout, text, pid, stdin, stdout, stderr):
        self.number, self.text, self.pid = number, memoryview(text), pid
        self.written = 0
        self.until = time.monotonic() + timeout / 1000
        self.said = {"stdout": bytearray(), "stderr": bytearray()}
        self.status = None
        self.timed_out = False
        self.fds = {}
        os.set_blocking(stdin, False)
        self.watch("stdin", stdin, select.POLLOUT, self.feed)
        self.watch("stdout", stdout, select.POLLIN, self.hear)
        self.watch("stderr", stderr, select.POLLIN, self.hear)
        self.watch("end", os.pidfd_open(pid), select.POLLIN, self.reap)
        commands.add(self)

    def watch(self, name, fd, events, handler):
        self.fds[name] = fd
        handlers[fd] = lambda: handler(name, fd)
        poll.register(fd, events)

    def forget(self, name):
        fd = self.fds.pop(name, None)
        if fd is not None:
            del handlers[fd]
            poll.unregister(fd)
            os.close(fd)

    def feed(self, name, fd):
        """A command that does not read its input to the end is none of our business."""
        try:
            self.written += os.write(fd, self.text[self.written :])
        except BrokenPipeError:
            self.written = len(self.text)
        if self.written == len(self.text):
            self.forget(name)

    def hear(self, name, fd):
        piece = os.read(fd, 1 << 16)
        self.said[name] += piece
        if not piece:
            self.forget(name)
            self.answer()

    def reap(self, name, fd):
        self.status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        self.forget(name)
        self.answer()

    def cut_short(self):
        """What it has started may hold its streams open; they are not waited for."""
        self.timed_out = True
        self.until = float("inf")
        # First of all: it could end well because its streams are closed.
        if self.status is None:
            os.kill(self.pid, 9)
        self.forget("stdout")
        self.forget("stderr")
        self.answer()

    def answer(self):
        if not self.fds.keys() <= {"stdin"}:
            return
        self.forget("stdin")
        commands.remove(self)
        status = self.status if self.status >= 0 else 128 - self.status
        say(self.number, status, self.timed_out, *self.said.values())


def words(text):
    return text.split(b"\0") if text else []


def start(line):
    number, timeout, *texts = line.split(b" ")
    text, arguments, environment = (bytes.fromhex(one.decode()) for one in texts)
    argv = words(arguments)
    pipes = [os.pipe() for _ in range(3)]
    theirs = [pipes[0][0], pipes[1][1], pipes[2][1]]
    ours = [pipes[0][1], pipes[1][0], pipes[2][0]]
    streams = [(os.POSIX_SPAWN_DUP2, fd, number) for number, fd in enumerate(theirs)]
    env = dict(one.split(b"=", 1) for one in words(environment))
    try:
        pid = os.posix_spawnp(argv[0], argv, env, file_actions=streams, setsigdef=IGNORED)
    except (OSError, ValueError) as error:
        for fd in ours:
            os.close(fd)
        say(number, 127, False, b"", b"%s\n" % str(error).encode())
    else:
        Command(number, float(timeout), text, pid, *ours)
    for fd in theirs:
        os.close(fd)


def main():
    asked = bytearray()
    is_asked = True
    poll.register(0, select.POLLIN)
    while is_asked or commands:
        until = min((command.until for command in commands), default=float("inf"))
        left = until - time.monotonic()
        events = poll.poll(None if left == float("inf") else max(0, left * 1000))
        for fd, _ in events:
            if fd in handlers:
                handlers[fd]()
        for command in [one for one in commands if one.until <= time.monotonic()]:
            command.cut_short()
        # Last: a descriptor that was closed above may be had again by what is started here.
        if any(fd == 0 for fd, _ in events):
            piece = os.read(0, 1 << 16)
            asked += piece
            if b"\n" in piece:
                *lines, asked = asked.split(b"\n")
                for line in lines:
                    start(line)
            if not piece:
                is_asked = False
                poll.unregister(0)


main()
