// What components are made of: Preact, its hooks, and htm in place of JSX.

import htm from "./vendor/htm.mjs";
import { Component, Fragment, h, render } from "./vendor/preact.mjs";

export { Fragment, h, render };
export { useCallback, useEffect, useId, useLayoutEffect, useMemo, useRef, useState } from "./vendor/hooks.mjs";

export const html = htm.bind(h);

/** A component that is drawn again only when one of its props is another value: state is replaced, never changed. */
export function memo(inner) {
  return class extends Component {
    shouldComponentUpdate(next) {
      const before = this.props;
      for (const key in next) if (!Object.is(next[key], before[key])) return true;
      for (const key in before) if (!(key in next)) return true;
      return false;
    }
    render(props) {
      return h(inner, props);
    }
  };
}

/** Class names from a list, without those that do not apply. */
export function classes(...names) {
  return names.filter(Boolean).join(" ");
}
