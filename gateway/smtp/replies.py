"""What the listener itself answers, in one table; everything else comes from service or a next hop."""

from functools import lru_cache

from gateway.model.smtp import Reply

BYE = Reply(221, "2.0.0", "Bye")
OK = Reply(250, "2.0.0", "Ok")
SENDER_OK = Reply(250, "2.1.0", "Sender ok")
CHUNK_OK = Reply(250, "2.0.0", "Chunk received")
VRFY = Reply(252, "2.0.0", "Send some mail, it will be tried")
START_DATA = Reply(354, "", "End data with <CR><LF>.<CR><LF>")

DRAINING = Reply(421, "4.3.2", "Service is restarting, try again at once")
TIMED_OUT = Reply(421, "4.4.2", "Too slow, closing the connection")
SESSION_TOO_LONG = Reply(421, "4.7.0", "The session is too long, connect again")
TOO_MANY_ERRORS = Reply(421, "4.7.0", "Too many errors")
TOO_MANY_CONNECTIONS = Reply(421, "4.7.0", "Too many connections from you")
FULL = Reply(421, "4.3.2", "Too many connections, try again later")
NO_NEXT_HOP = Reply(421, "4.4.1", "The next hop has not been seen yet, try again later")

LOCAL_ERROR = Reply(451, "4.3.0", "Local error, try again later")
NO_ROOM = Reply(452, "4.3.1", "No room for the message, try again later")
TOO_MANY_RECIPIENTS = Reply(452, "4.5.3", "Too many recipients in one transaction")

BAD_COMMAND = Reply(500, "5.5.2", "Command not recognised")
LINE_TOO_LONG = Reply(500, "5.5.2", "Command line too long")
BAD_LINE_END = Reply(500, "5.5.2", "Command lines end with CR LF")
NO_ARGUMENT = Reply(501, "5.5.4", "No argument is allowed here")
SAY_HELLO = Reply(503, "5.5.1", "Send EHLO first")
NESTED_MAIL = Reply(503, "5.5.1", "A transaction is under way already")
NEED_MAIL = Reply(503, "5.5.1", "Send MAIL first")
NEED_RCPT = Reply(554, "5.5.1", "No valid recipients")
MIXED_CHUNKS = Reply(503, "5.5.1", "DATA after BDAT")
CHUNKS_FAILED = Reply(503, "5.5.1", "An earlier chunk failed, send RSET")
NOT_OFFERED = Reply(502, "5.5.1", "Not offered")
NEED_TLS = Reply(530, "5.7.0", "Send STARTTLS first")
BARE_LINE_END = Reply(550, "5.6.11", "The message contains a bare CR or LF")
TOO_BIG = Reply(552, "5.3.4", "The message is larger than we carry")
NOT_A_CLIENT = Reply(554, "5.7.1", "This server relays for listed mail servers only")


@lru_cache(maxsize=512)
def on_the_wire(reply: Reply) -> bytes:
    return reply.to_bytes()
