// The risks of whitepaper 6, which are read and accepted at sign-up and stand below every page.

export function Risks() {
  return (
    <details className="risks">
      <summary>Risks</summary>
      <ul>
        <li>
          <strong>Prices.</strong> What an L-Coin is worth is what the market pays. Nobody
          guarantees capital back, and the price can fall to nothing in a short time.
        </li>
        <li>
          <strong>Technique.</strong> The financial logic may have faults that nobody knows yet.
        </li>
        <li>
          <strong>One operator.</strong> All of it runs on a database of the platform's. Its data
          can be checked, and still it depends on who runs it.
        </li>
        <li>
          <strong>Law.</strong> This is a technical exchange and a simulated economy: not for
          raising funds, laundering money or exchanging currencies.
        </li>
      </ul>
    </details>
  );
}
