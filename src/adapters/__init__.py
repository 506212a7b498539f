"""The driven side: what the domain calls, each adapter named after its technology and its port."""
