"""Pure: what a draft and a pending question are, and what may be done to them."""
