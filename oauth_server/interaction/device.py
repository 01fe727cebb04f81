"""RFC 8628 §3.3, §5.4: whoever answers for a device says that it is theirs, also where nobody has to consent."""

from urllib.parse import urlsplit

from oauth_server import issuers
from oauth_server.authorization import device
from oauth_server.errors import InteractionRequired
from oauth_server.interaction import state
from oauth_server.interaction.base import Place, Step
from oauth_server.interaction.context import Context


class DeviceStep(Step):
    name = "device"
    place = Place.DEVICE
    error = InteractionRequired

    def needed(self, context: Context) -> bool:
        if context.asked.device is None or context.person is None:
            return False
        compared = context.interaction.settled.get(self.name) if context.interaction else None
        return bool(compared != str(context.person.user.pk))

    def url(self, context: Context) -> str:
        handle = state.handle_of(context.resume_url)
        return urlsplit(issuers.url(context.asked.issuer, f"{device.PATH}/{handle}")).path
