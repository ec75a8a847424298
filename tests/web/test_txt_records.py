"""TXT records, asked of a DNS of our own."""

import asyncio
from typing import Any

import dns.asyncresolver
import dns.message
import dns.rrset

from consentry.web.txt_records import txt_records


class Zone(asyncio.DatagramProtocol):
    """A name server that knows two records of one name."""

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        query = dns.message.from_wire(data)
        answer, name = dns.message.make_response(query), query.question[0].name
        if name.to_text() == "_consentry-challenge.id.photos.example.":
            parts = ['"v=spf1 -all"', '"one " "text"', '"\\255"']
            answer.answer.append(dns.rrset.from_text(name, 60, "IN", "TXT", *parts))
        self.transport.sendto(answer.to_wire(), addr)


async def test_the_parts_of_a_record_are_one_text() -> None:
    """RFC 7208 §3.3"""
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(Zone, ("127.0.0.1", 0))
    try:
        resolver = dns.asyncresolver.Resolver(configure=False)
        resolver.nameservers = ["127.0.0.1"]
        resolver.port = transport.get_extra_info("sockname")[1]
        found = await txt_records("_consentry-challenge.id.photos.example", resolver)
        assert sorted(found) == ["one text", "v=spf1 -all", "\ufffd"]
        assert await txt_records("other.example", resolver) == []
        assert await txt_records(f"{'a' * 64}.example", resolver) == []
    finally:
        transport.close()
