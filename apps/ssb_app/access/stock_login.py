"""MONAI Label's login, /auth, as its clients ask for it; its own refuses every valid token."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.security import OAuth2PasswordRequestForm
from monailabel.config import settings
from monailabel.endpoints.user.auth import User, get_current_user

from ssb_app.access.access import Access
from ssb_app.web import SentenceRoute


def put_login(app: FastAPI, access: Access) -> None:
    """Add the three routes to the server."""
    router = APIRouter(prefix="/auth", tags=["Login"], route_class=SentenceRoute)
    oidc = access.oidc and access.oidc.options

    @router.get("/", summary="Whether people must log in")
    def enabled() -> dict[str, Any]:
        """client_id and realm are those of the identity provider, "" where there is none."""
        return {"enabled": access.login, "client_id": oidc.client if oidc else "", "realm": oidc.issuer if oidc else ""}

    @router.post("/token", summary="A token for a user's name and password")
    async def token(request: Request, form: Annotated[OAuth2PasswordRequestForm, Depends()]) -> dict[str, Any]:
        """To be sent with every request as "Authorization: bearer TOKEN"; None where nobody has to log in."""
        if not access.login:
            return {"access_token": None, "token_type": None}
        _, made = await access.log_in(form.username, form.password, client_address(request))
        return {"access_token": made, "token_type": "bearer"}

    @router.get("/token/valid", summary="Who the token is about")
    def valid(user: Annotated[User, Depends(get_current_user)]) -> dict[str, Any]:
        """MONAI Label's form of a user."""
        return user.model_dump()

    app.include_router(router, prefix=settings.MONAI_LABEL_API_STR)


def client_address(request: Request) -> str:
    """Who asks, as a reverse proxy on this machine tells it, else by the connection."""
    return request.client.host if request.client else ""
