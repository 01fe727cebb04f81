"""RFC 8628 §3.3, §5.4: whoever answers for a device says that it is theirs, also where nobody has to consent."""

from oauth_server import issuers, uris
from oauth_server.authorization import device
from oauth_server.errors import AccessDenied, InteractionRequired
from oauth_server.interaction import state
from oauth_server.interaction.base import Place, Step
from oauth_server.interaction.context import Context
from oauth_server.tokens import device as device_code

# In `Interaction.settled`: the code was typed on a page of an app
HANDED = "handed_device"


class DeviceStep(Step):
    name = "device"
    place = Place.DEVICE
    error = InteractionRequired

    def needed(self, context: Context) -> bool:
        if context.asked.device is None or context.person is None:
            return False
        if context.interaction and context.interaction.settled.get(HANDED):
            # an app of the operator took the code from this person, who answers from now on, and nobody else
            if not device_code.claim(context.asked.device, context.person.user.pk):
                raise AccessDenied(reason="somebody else answers for this device")
            return False
        compared = context.interaction.settled.get(self.name) if context.interaction else None
        return bool(compared != str(context.person.user.pk))

    def url(self, context: Context) -> str:
        handle = state.handle_of(context.resume_url)
        return uris.split(issuers.url(context.asked.issuer, f"{device.PATH}/{handle}")).path
