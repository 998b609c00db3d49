// A link from another site comes without the session's cookie; this page's own request has it, so who is logged in goes on.
const { next } = document.querySelector('main').dataset;
const answer = await fetch('me', { headers: { Accept: 'application/json' } });
if (answer.ok) location.replace(next);
