"""What goes over the wire: requests as clients send them, responses as they expect them."""
