#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""dtb.py - read, change and write a flattened device tree.

QEMU's virt board makes a socket with interrupt controllers of its own for every NUMA
node, and version 7.2 aborts on most numbers of them.  So the nodes are made here: the
board stays one socket, and its device tree is told which part of memory and which
harts belong to which node, and how far they are apart.
"""

import struct

MAGIC, BEGIN, END, PROP, NOP, FINISH = 0xd00dfeed, 1, 2, 3, 4, 9


class Node:
    """A name, properties in order, children in order."""

    def __init__(self, name):
        self.name = name
        self.props = {}
        self.children = []

    def find(self, path):
        node = self
        for part in path.strip("/").split("/"):
            node = next(c for c in node.children if part in (c.name, c.name.split("@")[0]))
        return node

    def add(self, name, before=None):
        node = Node(name)
        at = self.children.index(before) if before else len(self.children)
        self.children.insert(at, node)
        return node


def cells(*numbers):
    return b"".join(struct.pack(">I", n) for n in numbers)


def wide(*numbers):
    return b"".join(struct.pack(">Q", n) for n in numbers)


def parse(blob):
    """=> (root, reservation block)"""
    magic, _, off_struct, off_strings, off_rsv = struct.unpack_from(">5I", blob)
    assert magic == MAGIC
    stack, at, root = [], off_struct, None
    while True:
        token, = struct.unpack_from(">I", blob, at)
        at += 4
        if token == BEGIN:
            end = blob.index(b"\0", at)
            node = Node(blob[at:end].decode())
            at = (end + 4) & ~3
            if stack:
                stack[-1].children.append(node)
            else:
                root = node
            stack.append(node)
        elif token == END:
            stack.pop()
        elif token == PROP:
            size, name = struct.unpack_from(">II", blob, at)
            name += off_strings
            stack[-1].props[blob[name:blob.index(b"\0", name)].decode()] = blob[at + 8:at + 8 + size]
            at = (at + 8 + size + 3) & ~3
        elif token == FINISH:
            break
    end = off_rsv
    while blob[end:end + 16] != bytes(16):
        end += 16
    return root, blob[off_rsv:end + 16]


def write(root, reserved):
    strings, offsets, out = bytearray(), {}, bytearray()

    def emit(node):
        out.extend(cells(BEGIN) + node.name.encode() + b"\0")
        out.extend(bytes(-len(out) % 4))
        for name, value in node.props.items():
            if name not in offsets:
                offsets[name] = len(strings)
                strings.extend(name.encode() + b"\0")
            out.extend(cells(PROP, len(value), offsets[name]) + value)
            out.extend(bytes(-len(out) % 4))
        for child in node.children:
            emit(child)
        out.extend(cells(END))

    emit(root)
    out.extend(cells(FINISH))
    off_struct = 40 + len(reserved)
    off_strings = off_struct + len(out)
    total = off_strings + len(strings)
    return cells(MAGIC, total, off_struct, off_strings, 40, 17, 16, 0, len(strings),
                 len(out)) + reserved + bytes(out) + bytes(strings)


def add_numa(blob, nodes):
    """The tree with memory and harts dealt out; nodes: [(bytes of memory, harts)]."""
    root, reserved = parse(blob)
    memory = root.find("memory")
    base, size = struct.unpack(">QQ", memory.props["reg"])
    assert sum(n for n, _ in nodes) == size
    harts = [c for c in root.find("cpus").children if c.name.startswith("cpu@")]
    harts.sort(key=lambda c: struct.unpack(">I", c.props["reg"])[0])
    for number, (share, count) in enumerate(nodes):
        part = root.add(f"memory@{base:x}", memory)
        part.props = {"device_type": b"memory\0", "reg": wide(base, share),
                      "numa-node-id": cells(number)}
        base += share
        for _ in range(count):
            harts.pop(0).props["numa-node-id"] = cells(number)
    root.children.remove(memory)
    distance = root.add("distance-map")
    distance.props = {
        "compatible": b"numa-distance-map-v1\0",
        "distance-matrix": b"".join(cells(a, b, 10 if a == b else 20)
                                    for a in range(len(nodes)) for b in range(len(nodes)))}
    return write(root, reserved)
