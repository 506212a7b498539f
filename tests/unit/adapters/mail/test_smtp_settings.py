"""URLs of mail servers: what they mean, and what is said of those that mean nothing."""

import pytest

from adapters.mail.smtp_settings import SmtpSettings, StartTls


@pytest.mark.parametrize(
    ("url", "host", "port", "implicit_tls", "starttls"),
    [
        ("smtp://mail.example.com", "mail.example.com", 587, False, StartTls.AUTO),
        ("smtp://mail.example.com/", "mail.example.com", 587, False, StartTls.AUTO),
        ("SMTP://MAIL.example.com:25", "mail.example.com", 25, False, StartTls.AUTO),
        ("smtp://localhost:1025?starttls=never", "localhost", 1025, False, StartTls.NEVER),
        ("smtp://mail.example.com?starttls=required", "mail.example.com", 587, False, StartTls.REQUIRED),
        ("smtp://mail_hog:1025", "mail_hog", 1025, False, StartTls.AUTO),
        ("smtp://192.0.2.1:2525", "192.0.2.1", 2525, False, StartTls.AUTO),
        ("smtp://[2001:db8::1]:2525", "2001:db8::1", 2525, False, StartTls.AUTO),
        ("smtp://[2001:db8::1]", "2001:db8::1", 587, False, StartTls.AUTO),
        ("smtps://mail.example.com", "mail.example.com", 465, True, StartTls.AUTO),
        ("smtps://mail.example.com:8465", "mail.example.com", 8465, True, StartTls.AUTO),
    ],
)
def test_servers_without_a_login(url: str, host: str, port: int, implicit_tls: bool, starttls: StartTls) -> None:
    assert SmtpSettings.parse(url) == SmtpSettings(host=host, port=port, implicit_tls=implicit_tls, starttls=starttls)


def test_a_login_is_percent_encoded_and_needs_encryption() -> None:
    settings = SmtpSettings.parse("smtp://shop%40example.com:p%40ss%2F%3A%25+%C3%A9@mail.example.com")
    assert (settings.user, settings.password) == ("shop@example.com", "p@ss/:%+é")
    assert (settings.port, settings.starttls) == (587, StartTls.REQUIRED)


def test_a_password_may_have_colons() -> None:
    assert SmtpSettings.parse("smtps://shop:a:b@mail.example.com").password == "a:b"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.8.8", "[::1]"])
@pytest.mark.parametrize("mode", ["auto", "never"])
def test_on_the_same_machine_a_password_may_go_in_plain_text(host: str, mode: str) -> None:
    assert SmtpSettings.parse(f"smtp://shop:secret@{host}:1025?starttls={mode}").starttls is StartTls(mode)


def test_a_ca_file() -> None:
    assert SmtpSettings.parse("smtp://mail.example.com?ca_file=/etc/ssl/a%20b+c.pem").ca_file == "/etc/ssl/a b+c.pem"
    both = SmtpSettings.parse("smtp://u:p@mail.example.com?ca_file=/ca.pem&starttls=required")
    assert (both.ca_file, both.starttls) == ("/ca.pem", StartTls.REQUIRED)


@pytest.mark.parametrize(
    ("url", "what"),
    [
        ("", "must look like"),
        ("mail.example.com", "must look like"),
        ("http://shop:S3cret@mail.example.com", "must look like"),
        ("smtp:shop:S3cret@mail.example.com", "must look like"),
        ("smtp://", "must look like"),
        ("smtp://shop:S3cret@", "no host"),
        ("smtp://shop:S3cret@:25", "no host"),
        ("smtp://shop:S3cret@-x.example", "no host"),
        ("smtp://shop:S3cret@münchen.example", "no host"),
        ("smtp://shop:S3cret@[::1", "cannot be read"),
        ("smtp://shop:S3cret@a\u2100b.example", "cannot be read"),  # whose NFKC form has a slash
        ("smtp://S3cret@mail.example.com", "both a user and a password"),
        ("smtp://S3cret:@mail.example.com", "both a user and a password"),
        ("smtp://:S3cret@mail.example.com", "both a user and a password"),
        ("smtp://@mail.example.com", "both a user and a password"),
        ("smtp://shop:S3cret@home@mail.example.com", "percent-encoded"),
        ("smtp://shop:S3cret/x@mail.example.com", "percent-encoded"),
        ("smtp://shop:S3cret#x@mail.example.com", "percent-encoded"),
        ("smtp://shop:1/S3cret@mail.example.com", "percent-encoded"),
        ("smtp://shop:S3cret?x@mail.example.com", "options"),
        ("smtp://shop:S3cret%@mail.example.com", "%25"),
        ("smtp://shop:S3cret%zz@mail.example.com", "%25"),
        ("smtp://shop:S3cret%ff@mail.example.com", "UTF-8"),
        ("smtp://shop:S3cret%00@mail.example.com", "control characters"),
        ("smtp://shop:S3cret%0d%0aRSET@mail.example.com", "control characters"),
        ("smtp://shop:S3cret x@mail.example.com", "spaces"),
        ("smtp://shop:S3c\nret@mail.example.com", "control characters"),
        ("smtp://shop:S3cret@mail.example.com:", "port"),
        ("smtp://shop:S3cret@mail.example.com:smtp", "port"),
        ("smtp://shop:S3cret@mail.example.com:0", "port"),
        ("smtp://shop:S3cret@mail.example.com:65536", "port"),
        ("smtp://shop:S3cret@mail.example.com:-25", "port"),
        ("smtp://shop:S3cret@mail.example.com/inbox", "percent-encoded"),
        ("smtp://shop:S3cret@mail.example.com#top", "percent-encoded"),
        ("smtp://shop:S3cret@mail.example.com?tls=S3cret", "options"),
        ("smtp://shop:S3cret@mail.example.com?starttls", "options"),
        ("smtp://shop:S3cret@mail.example.com?starttls=auto&starttls=required", "options"),
        ("smtp://shop:S3cret@mail.example.com?ca_file=", "options"),
        ("smtp://shop:S3cret@mail.example.com?starttls=S3cret", "required, auto or never"),
        ("smtp://shop:S3cret@mail.example.com?starttls=never", "anybody on the way"),
        ("smtp://shop:S3cret@mail.example.com?starttls=auto", "anybody on the way"),
        ("smtps://shop:S3cret@mail.example.com?starttls=required", "from the start"),
    ],
)
def test_what_is_wrong_is_said_without_repeating_it(url: str, what: str) -> None:
    with pytest.raises(ValueError, match=what) as refused:
        SmtpSettings.parse(url)
    assert "S3c" not in str(refused.value)
    assert "münchen" not in str(refused.value)
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__


def test_a_password_does_not_show() -> None:
    assert "S3cret" not in repr(SmtpSettings.parse("smtps://shop:S3cret@mail.example.com"))
