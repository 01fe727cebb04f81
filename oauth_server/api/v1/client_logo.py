"""`/clients/{id}/logo`: the picture of a client, which is made anew and shown from this server's own origin."""

from django.core.exceptions import RequestDataTooBig
from django.http import HttpResponse
from django.http.request import UnreadablePostError

from oauth_server.api.v1 import answer, client
from oauth_server.api.v1.act import act
from oauth_server.api.v1.call import Call
from oauth_server.api.v1.problem import Problem, invalid, missing
from oauth_server.api.v1.resource import Resource
from oauth_server.deeds import client as client_deed
from oauth_server.deeds import client_logo as deed
from oauth_server.endpoints import adapter
from oauth_server.models import Client, ClientLogo
from oauth_server.registration import png

_PNG = "image/png"


class Logo(Resource):
    @act("oauth_server.view_client", "The picture of a client.", sends=_PNG)
    def get(self, call: Call, id: str) -> HttpResponse:
        row = ClientLogo.objects.filter(client=client.find(call, id)).first()
        if row is None:
            raise missing("picture")
        return HttpResponse(bytes(row.image), content_type=_PNG, headers={"ETag": f'"{row.digest}"'})

    @act(
        "oauth_server.change_client",
        "Set the picture of a client: a PNG file.",
        receives=_PNG,
        status=204,
        fails=("beyond-your-rights",),
    )
    def put(self, call: Call, id: str) -> HttpResponse:
        found = self._changeable(call, id)
        if call.asked.headers.get("content-type", "").partition(";")[0].strip().lower() != _PNG:
            raise Problem("unsupported-media-type", "The body has to be a PNG file.", headers={"Accept": _PNG})
        try:
            deed.put(found, self._file())
        except png.NoPicture as error:
            raise invalid({"body": [str(error)]}) from None
        return answer.nothing()

    def _file(self) -> bytes:
        request = self.request._request
        length = adapter.announced(request.META.get("CONTENT_LENGTH") or "") or 0
        try:
            return request.body if length <= png.LARGEST_FILE else self._too_large()
        except (RequestDataTooBig, UnreadablePostError):
            return self._too_large()

    def _too_large(self) -> bytes:
        raise Problem("too-large") from None

    @act(
        "oauth_server.change_client",
        "Remove the picture of a client.",
        status=204,
        fails=("beyond-your-rights",),
    )
    def delete(self, call: Call, id: str) -> HttpResponse:
        deed.remove(self._changeable(call, id))
        return answer.nothing()

    def _changeable(self, call: Call, id: str) -> Client:
        """Raises `Problem`, `Beyond`: the picture of a client that people are not asked about is not for everybody to change."""
        found = client.find(call, id)
        client_deed.require_within(found, call.caller.rights)
        if (found.skip_authorization or found.verified) and not call.caller.is_trusted:
            raise Problem("beyond-your-rights")
        return found
