/** Counts the nodes of a document, so that a few aliases cannot become a huge value. */
export interface AliasBudget {
  /** One node is read. */
  count(): void;
  /** The nodes that follow come from an alias, until `leave`. */
  enter(): void;
  leave(): void;
}

const lowNodes = 400_000;
const highNodes = 4_000_000;

/**
 * The limit of yaml.v2 (decode.go, allowedAliasRatio): 99 % of the nodes may come from aliases, and
 * less in a document of more than 400,000 nodes.
 * @param fail throws
 */
export function aliasBudget(fail: () => never): AliasBudget {
  // The document itself is the first node.
  let nodes = 1;
  let fromAliases = 0;
  let depth = 0;
  return {
    count() {
      nodes += 1;
      if (depth > 0) fromAliases += 1;
      if (fromAliases > 100 && nodes > 1000 && fromAliases / nodes > allowedRatio(nodes)) fail();
    },
    enter() {
      depth += 1;
    },
    leave() {
      depth -= 1;
    },
  };
}

function allowedRatio(nodes: number): number {
  if (nodes <= lowNodes) return 0.99;
  if (nodes >= highNodes) return 0.1;
  return 0.99 - 0.89 * ((nodes - lowNodes) / (highNodes - lowNodes));
}
