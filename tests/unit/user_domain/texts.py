"""Whatever a stranger may send."""

from hypothesis import strategies as st

ANY_CHARACTER = st.characters()  # unlike those of st.text(), lone surrogates too, which JSON can smuggle in
ANY_TEXT = st.text(ANY_CHARACTER)
