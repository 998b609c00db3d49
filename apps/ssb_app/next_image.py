"""Active learning as stock clients know it: strategies that offer the next image, and the scoring method behind them."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from typing import Any

from monailabel.interfaces.tasks.scoring import ScoringMethod
from monailabel.interfaces.tasks.strategy import Strategy

from ssb.annotations.annotation import UNKNOWN
from ssb.errors import SSBError
from ssb.next_image.order import Candidate, Order
from ssb_app.final_labels import FinalLabels
from ssb_app.scorer import Scorer

logger = logging.getLogger(__name__)


class Offers:
    """How often each rater was offered each image since the server started: who asks again wants another image, not the same."""

    def __init__(self) -> None:
        self._made: Counter[tuple[str, str]] = Counter()
        self._state = threading.Lock()

    def count(self, rater: str, image: str) -> int:
        """How often the rater was offered the image."""
        return self._made[rater, image]

    def note(self, rater: str, image: str) -> None:
        """The rater is offered the image now."""
        with self._state:
            self._made[rater, image] += 1


class NextImage(Strategy):
    """Offers the first image of an order that the rater has not annotated; of these, one that the rater was offered least often.

    Nothing is offered to a rater who has annotated all images, which stock clients tell their users; so also to "unknown", who stands for
    all who do not say who they are. An image that cannot be fetched from the PACS is passed over. All our choice.
    """

    def __init__(self, description: str, order: Order, scorer: Scorer, offers: Offers) -> None:
        super().__init__(description)
        self._order = order
        self._scorer = scorer
        self._offers = offers

    def __call__(self, request: dict[str, Any], datastore: FinalLabels) -> dict[str, Any] | None:
        """{"id", "raters": how many annotated it, "disagreement": in [0, 1] or None}; None where there is nothing to offer.

        request: "rater", who asks.
        """
        rater = request.get("rater", UNKNOWN)
        ranked = self._order(self._candidates(rater, datastore))
        for candidate in sorted(ranked, key=lambda one: self._offers.count(rater, one.image)):
            try:
                datastore.source(candidate.image)
            except SSBError as error:
                logger.warning(f"The image {candidate.image} is not offered: {error}")
                continue
            self._offers.note(rater, candidate.image)
            return {"id": candidate.image, "raters": candidate.raters, "disagreement": candidate.disagreement}
        return None

    def _candidates(self, rater: str, datastore: FinalLabels) -> list[Candidate]:
        """The images that the rater has not annotated."""
        found = []
        for image in datastore.list_images():
            raters = datastore.annotations.raters(image)
            if rater not in raters:
                score = self._scorer.kept.get(image)
                found.append(Candidate(image, len(raters), None if score is None else score.disagreement))
        return found


class DisagreementScoring(ScoringMethod):
    """How much the samples of an image's lesions disagree, for every image in which somebody marked a lesion."""

    def __init__(self, scorer: Scorer) -> None:
        super().__init__("How much the samples disagree about the lesions that somebody marked")
        self._scorer = scorer

    def info(self) -> dict[str, Any]:
        """What stock clients show, with the progress of now."""
        return {**super().info(), **self._scorer.progress.as_dict()}

    def __call__(self, request: dict[str, Any], datastore: FinalLabels) -> dict[str, float]:
        """Score what is new, and return the scores of all images once that is done."""
        return self._scorer.score_all()
