"""Where the numbers of the vocabulary `four_levels` come from: mails with the severity that people gave them."""
