"""What a worker may no longer ask of the kernel: whoever takes a parser over gets a process that can compute, and nothing else.

Promises (Linux on x86-64 and ARM64): no new process or program, no network, no file opened for writing, made, renamed or removed, no
signal to anybody, no lock on a file and no look into another process: the gateway runs as the same user, and its database and memory
are files to it. Such a call fails with EPERM; parsers make none. Reading files stays possible, as libraries load parts of themselves
at first use.
On failure: without seccomp, or on another machine, the limits of memory, CPU and file size hold alone.
"""

import ctypes
import os
import platform
import resource
import struct

_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 22, 2
# linux/audit.h: the architecture as a filter sees it. The same number means another call on another one.
_ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_X32_BIT = 0x40000000
"""Calls by the x32 interface carry it: numbers of their own for the same calls."""
# (x86-64, ARM64); 0: there is no such call.
_DENIED = {
    "fork": (57, 0), "vfork": (58, 0), "clone": (56, 220), "clone3": (435, 435), "execve": (59, 221), "execveat": (322, 281),
    "socket": (41, 198), "socketpair": (53, 199), "connect": (42, 203), "bind": (49, 200), "listen": (50, 201), "accept": (43, 202),
    "accept4": (288, 242), "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "kill": (62, 129),
    "tkill": (200, 130), "tgkill": (234, 131), "rt_sigqueueinfo": (129, 138), "rt_tgsigqueueinfo": (297, 240),
    "pidfd_send_signal": (424, 424), "pidfd_getfd": (438, 438), "memfd_create": (319, 279), "mount": (165, 40), "unshare": (272, 97),
    "setns": (308, 268), "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219), "bpf": (321, 280),
    "io_uring_setup": (425, 425), "userfaultfd": (323, 282), "perf_event_open": (298, 241), "open_by_handle_at": (304, 265),
    "creat": (85, 0), "openat2": (437, 437), "unlink": (87, 0), "unlinkat": (263, 35), "rmdir": (84, 0), "rename": (82, 0),
    "renameat": (264, 38), "renameat2": (316, 276), "mkdir": (83, 0), "mkdirat": (258, 34), "link": (86, 0), "linkat": (265, 37),
    "symlink": (88, 0), "symlinkat": (266, 36), "mknod": (133, 0), "mknodat": (259, 33), "truncate": (76, 45), "chmod": (90, 0),
    "fchmod": (91, 52), "fchmodat": (268, 53), "chown": (92, 0), "fchown": (93, 55), "fchownat": (260, 54), "lchown": (94, 0),
    "shmget": (29, 194), "msgget": (68, 186), "semget": (64, 190), "mq_open": (240, 180), "setpriority": (141, 140),
    "sched_setaffinity": (203, 122), "sched_setscheduler": (144, 119), "sched_setattr": (314, 274), "ioprio_set": (251, 30),
    "migrate_pages": (256, 238), "move_pages": (279, 239), "process_madvise": (440, 440), "setxattr": (188, 5), "lsetxattr": (189, 6),
    "fsetxattr": (190, 7), "flock": (73, 32), "utimensat": (280, 88), "utime": (132, 0), "utimes": (235, 0), "futimesat": (261, 0),
}  # fmt: skip
# Calls that open a file, and which of their arguments holds the flags.
_OPENING = {"open": ((2, 0), 1), "openat": ((257, 56), 2)}
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
# Calls of many kinds: which argument holds the kind, and the kinds that are refused. Locks and leases keep the gateway from its own
# database, and reading it is enough to take one; the owner of a descriptor gets a signal of the setter's choice when something comes.
_F_LOCKS, _F_LEASES, _F_OWNERS = (6, 7, 37, 38), (1024, 1026), (8, 10, 15)
_KINDS = {"fcntl": ((72, 25), 1, (*_F_LOCKS, *_F_LEASES, *_F_OWNERS)), "ioctl": ((16, 29), 1, (0x8901, 0x8902))}
"""linux/fcntl.h: F_SETLK to F_OFD_SETLKW, F_SETLEASE, F_NOTIFY, F_SETOWN, F_SETSIG, F_SETOWN_EX; linux/sockios.h: FIOSETOWN, SIOCSPGRP."""
# Of limits, a process may set its own (0) alone: the gateway could be killed by lowering one of its.
_OWN_LIMITS = (302, 261)

# linux/bpf_common.h: load a word, jump if equal, jump if any bit is set, return. linux/seccomp.h: what is returned.
_LOAD, _IF_EQUAL, _IF_ANY_BIT, _RETURN = 0x20, 0x15, 0x45, 0x06
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000 | 1
"""SECCOMP_RET_ALLOW; SECCOMP_RET_ERRNO with EPERM."""
_NUMBER_AT, _ARCHITECTURE_AT, _ARGUMENTS_AT = 0, 4, 16


def confine() -> bool:
    """Give up what no parser needs, for good. Whether the kernel took the filter; `no_new_privs` must be set before."""
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))  # a fork fails, at least for whoever is not root
    machine = platform.machine()
    if machine not in _ARCHITECTURES:
        return False
    program = _program(machine)
    code = ctypes.create_string_buffer(program, len(program))
    header = ctypes.create_string_buffer(struct.pack("@HP", len(program) // 8, ctypes.addressof(code)))
    return bool(ctypes.CDLL(None).prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, header, 0, 0) == 0)


def _program(machine: str) -> bytes:
    """The filter: a refused number runs into its refusal, any other jumps over it; what is left at the end is allowed."""
    column = tuple(_ARCHITECTURES).index(machine)
    lines = [_line(_LOAD, _ARCHITECTURE_AT), _line(_IF_EQUAL, _ARCHITECTURES[machine], 1, 0), _line(_RETURN, _REFUSE)]
    lines.append(_line(_LOAD, _NUMBER_AT))
    if machine == "x86_64":
        lines += [_line(_IF_ANY_BIT, _X32_BIT, 0, 1), _line(_RETURN, _REFUSE)]
    for numbers in _DENIED.values():
        if numbers[column]:
            lines += [_line(_IF_EQUAL, numbers[column], 0, 1), _line(_RETURN, _REFUSE)]
    for numbers, argument in _OPENING.values():
        if numbers[column]:
            # The lower half of the argument: both machines keep it first, and flags have 32 bits.
            flags = [_line(_LOAD, _ARGUMENTS_AT + 8 * argument), _line(_IF_ANY_BIT, _WRITES, 0, 1), _line(_RETURN, _REFUSE)]
            lines += [_line(_IF_EQUAL, numbers[column], 0, len(flags) + 1), *flags, _line(_RETURN, _ALLOW)]
    for numbers, argument, kinds in _KINDS.values():
        refused = [line for kind in kinds for line in (_line(_IF_EQUAL, kind, 0, 1), _line(_RETURN, _REFUSE))]
        asked = [_line(_LOAD, _ARGUMENTS_AT + 8 * argument), *refused, _line(_RETURN, _ALLOW)]
        lines += [_line(_IF_EQUAL, numbers[column], 0, len(asked)), *asked]
    lines += [_line(_IF_EQUAL, _OWN_LIMITS[column], 0, 3), _line(_LOAD, _ARGUMENTS_AT)]
    lines += [_line(_IF_EQUAL, 0, 1, 0), _line(_RETURN, _REFUSE)]
    return b"".join([*lines, _line(_RETURN, _ALLOW)])


def _line(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    """struct sock_filter."""
    return struct.pack("=HBBI", code, if_true, if_false, value)
