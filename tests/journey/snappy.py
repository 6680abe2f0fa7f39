"""Snappy and S2 as they are found in files: what they held. Written from the format's description; reads only."""

STREAMS = (b"\xff\x06\x00\x00sNaPpY", b"\xff\x06\x00\x00S2sTwO")
MOST = 64_000_000


def unpacked(content: bytes) -> bytes:
    """What could be read of it; empty if it is neither a stream nor a block."""
    if content.startswith(STREAMS):
        return _stream(content[10:])
    try:
        return _block(content)
    except (IndexError, ValueError):
        return b""


def _stream(content: bytes) -> bytes:
    """Chunks: kind, length in three bytes, checksum, content. What follows the stream in the file ends it."""
    out, at = bytearray(), 0
    while at + 4 <= len(content):
        kind, length = content[at], int.from_bytes(content[at + 1 : at + 4], "little")
        chunk = content[at + 8 : at + 4 + length]
        at += 4 + length
        try:
            if kind == 0:
                out += _block(chunk)
            elif kind == 1:
                out += chunk
            elif kind < 0x80:
                break
        except (IndexError, ValueError):
            break
    return bytes(out)


def _block(block: bytes) -> bytes:
    size, at = _varint(block)
    if not 0 < size <= min(MOST, 300 * len(block)):
        raise ValueError("no block")
    out, offset = bytearray(), 0
    while len(out) < size:
        tag = block[at]
        at += 1
        if tag & 3 == 0:
            length = tag >> 2
            if length >= 60:
                more = length - 59
                length, at = int.from_bytes(block[at : at + more], "little"), at + more
            if at + length + 1 > len(block):
                raise ValueError("torn")
            out += block[at : at + length + 1]
            at += length + 1
            continue
        if tag & 3 == 1:
            length, near = (tag >> 2 & 7) + 4, (tag >> 5 << 8) | block[at]
            at += 1
            if near:
                offset = near
            else:  # S2 says the last offset again
                length, at = _repeated(block, at, length - 4)
        elif tag & 3 == 2:
            length, offset, at = (tag >> 2) + 1, int.from_bytes(block[at : at + 2], "little"), at + 2
        else:
            length, offset, at = (tag >> 2) + 1, int.from_bytes(block[at : at + 4], "little"), at + 4
        if not 0 < offset <= len(out):
            raise ValueError("points before the beginning")
        for _ in range(length):
            out.append(out[-offset])
    if len(out) != size:
        raise ValueError("longer than it says")
    return bytes(out)


def _repeated(block: bytes, at: int, length: int) -> tuple[int, int]:
    if length < 5:
        return length + 4, at
    more = length - 4
    extra = int.from_bytes(block[at : at + more], "little")
    return extra + (1 << 8 * (more - 1) if more > 1 else 0) + (8 if more == 1 else 4), at + more


def _varint(block: bytes) -> tuple[int, int]:
    value = 0
    for at in range(5):
        value |= (block[at] & 0x7F) << 7 * at
        if block[at] < 0x80:
            return value, at + 1
    raise ValueError("no length")
