"""The methods of the Bot API that Zavhoz uses, as strict as the real ones (https://core.telegram.org/bots/api)."""
