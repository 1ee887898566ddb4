"""An Ethernet wire in user space, which holds each frame for a while."""

import fcntl
import heapq
import os
import select
import struct
import threading
import time

TUNSETIFF, TAP_WITHOUT_HEADER = 0x400454CA, 0x1002  # linux/if_tun.h


def tap(name):
    """A network device whose frames are read from and written to the descriptor that is returned."""
    device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH22x", name.encode(), TAP_WITHOUT_HEADER))
    return device


class Wire:
    def __init__(self, *names):
        """Makes the two devices at its ends."""
        self.ends = [tap(name) for name in names]
        self.delay = 0.0  # Seconds, of frames that come from now on.
        self.stopping, self.wake = os.pipe()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        held, number = [], 0
        while True:
            pause = max(0.0, held[0][0] - time.monotonic()) if held else None
            ready, _, _ = select.select([*self.ends, self.stopping], [], [], pause)
            if self.stopping in ready:
                return
            for end in ready:
                number += 1  # Frames that are due together go in the order they came.
                heapq.heappush(held, (time.monotonic() + self.delay, number, self.other(end), os.read(end, 65536)))
            while held and held[0][0] <= time.monotonic():
                self.pass_on(*heapq.heappop(held)[2:])

    def other(self, end):
        return self.ends[1 - self.ends.index(end)]

    @staticmethod
    def pass_on(end, frame):
        try:
            os.write(end, frame)
        except OSError:
            pass  # The device is down; a wire does not mind.

    def stop(self):
        os.write(self.wake, b"x")
        self.thread.join()
        for descriptor in (*self.ends, self.stopping, self.wake):
            os.close(descriptor)
