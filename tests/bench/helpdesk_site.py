"""A site of django-helpdesk with one queue, for `tests.bench.helpdesk`: settings as in its own demo, and the set-up.

Run by the Python of the environment that has django-helpdesk; nothing of ours is imported here. The environment says
where everything is: HELPDESK_HOME, HELPDESK_IMAP (a port), HELPDESK_SMTP (a port), HELPDESK_LOGIN (address, password).
"""

import os
from pathlib import Path

HOME = Path(os.environ["HELPDESK_HOME"])
SECRET_KEY = "a benchmark has no secrets"
DEBUG = False
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en-us"
SITE_ID = 1
ROOT_URLCONF = "tests.bench.helpdesk_urls"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": HOME / "helpdesk.db"}}
MEDIA_ROOT = HOME / "media"
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.sites",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "helpdesk",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.contrib.auth.context_processors.auth",
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
HELPDESK_TEAMS_MODE_ENABLED = False
# Beside its default the archives of the work, so that it keeps every file as we do.
HELPDESK_VALID_EXTENSIONS = [".txt", ".htm", ".html", ".pdf", ".jpg", ".png", ".eml", ".zip"]
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST, EMAIL_PORT = "127.0.0.1", int(os.environ["HELPDESK_SMTP"])
ADDRESS, _, PASSWORD = os.environ["HELPDESK_LOGIN"].partition(" ")
DEFAULT_FROM_EMAIL = ADDRESS


def make() -> None:
    """The database with its letters' templates and the queue that reads the mailbox. Nobody is told of new tickets."""
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    call_command("loaddata", "emailtemplate.json", verbosity=0)
    from helpdesk.models import Queue

    Queue.objects.create(
        title="Support",
        slug="support",
        email_address=ADDRESS,
        allow_email_submission=True,
        email_box_type="imap",
        email_box_host="127.0.0.1",
        email_box_port=int(os.environ["HELPDESK_IMAP"]),
        email_box_ssl=True,
        email_box_user=ADDRESS,
        email_box_pass=PASSWORD,
        email_box_imap_folder="INBOX",
        email_box_interval=0,
    )


if __name__ == "__main__":
    make()
