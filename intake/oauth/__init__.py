"""Signs in as providers demand it: access tokens for IMAP and SMTP in place of passwords (XOAUTH2).

`source.source_of(grant)` has the token of a mailbox for whoever logs in, whatever the provider; the daemon keeps it
fresh by `watch.keep` and tells of what fails; `standing` says how long each mailbox's token still lasts.
"""
