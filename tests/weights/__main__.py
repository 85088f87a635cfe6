"""Fits the numbers of vocabularies to the labelled mails of this folder, and says how well they hold.

    make weights                                  # writes four_levels.toml and wishes.toml in rules/vocabulary
    make weights ARGS=wishes                      # only one of them
    make weights ARGS="--only-measure wishes"

What is printed is measured on mails that the numbers were not fitted to: each set is left out once.
"""

import argparse

from tests.weights import four_levels, wishes

VOCABULARIES = {"four_levels": four_levels.main, "wishes": wishes.main}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only-measure", action="store_true", help="write nothing")
    parser.add_argument("vocabularies", nargs="*", metavar="NAME", help=" or ".join(VOCABULARIES))
    chosen = parser.parse_args()
    for name in chosen.vocabularies or VOCABULARIES:
        VOCABULARIES[name](chosen.only_measure)


if __name__ == "__main__":
    main()
