"""What this client, and this person here, may have. What the person agreed to is the consent app's."""
