// The floor: a Worker that only forwards. It looks at nothing, checks nothing, keeps nothing.
export default {
  fetch(request, env) {
    const { pathname } = new URL(request.url);
    return fetch(new Request(`${env.UPSTREAM_URL}${pathname}`, request));
  },
};
