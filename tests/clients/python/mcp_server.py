"""An MCP server with one tool, at PORT; it takes the tokens that `oauth_server`'s verifier takes."""

import asyncio
import os

from mcp.server.auth.provider import AccessToken
from mcp.server.auth.settings import AuthSettings
from mcp.server.mcpserver import MCPServer
from program import ISSUER, tell

from oauth_server.resource_server.challenge import Refused
from oauth_server.resource_server.verifier import Verifier

PORT = int(os.environ["PORT"])
HERE = f"http://127.0.0.1:{PORT}/mcp"


class Tokens:
    def __init__(self):
        self.tokens = Verifier(ISSUER, audience=HERE)

    async def verify_token(self, token):
        try:
            found = await asyncio.to_thread(self.tokens.verify, f"Bearer {token}")
        except Refused:
            return None
        return AccessToken(token=token, client_id=found.client_id, scopes=found.scope.split(), resource=HERE)


settings = AuthSettings(
    issuer_url=ISSUER, resource_server_url=HERE, required_scopes=["photos:search"], validate_token_resource=True
)
server = MCPServer("Photos", token_verifier=Tokens(), auth=settings)


@server.tool()
def search_photos(words: str) -> str:
    """Find photos."""
    return words


tell(url=HERE)
server.run("streamable-http", host="127.0.0.1", port=PORT)
