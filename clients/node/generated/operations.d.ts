// Generated from the operations by `./soba schemas`; do not edit.

/** Say what a contract does, who may abuse it, and how risky it is */
export declare namespace BlockchainAnalyzeContract {
  /** One log; ordered by block and index where both are given, and passed over where it was removed again. */
  type PoolLog = {
    address: string;
    topics: string[];
    data: string;
    blockNumber?: number | string | null;
    logIndex?: number | string | null;
    transactionHash?: string | null;
    removed?: boolean | null;
  };
  /** What the compiler appended to the bytecode. */
  type CompilerMetadata = {
    compiler: string | null;
    ipfs: string | null;
    swarm: string | null;
    experimental: boolean;
  };
  /** One weakness at one place. */
  type FindingFacts = {
    id: string;
    /** One of the ten DASP categories. */
    category: string;
    swc: string | null;
    /** info, low, medium, high or critical. */
    severity: string;
    confidence: string;
    /** 1-based, of the statement at fault, where source was given. */
    line: number | null;
    message: string;
    evidence: string;
    /** Name or selector of the function at fault. */
    function: string | null;
  };
  /** Whether the contract baits its callers into losing what they send. */
  type HoneypotFacts = {
    detected: boolean;
    score: number;
    techniques: string[];
    reasons: string[];
  };
  /** Who can take the liquidity of one pool, after all the logs given; amounts in units of the pool's own token. */
  type LiquidityFacts = {
    pool: string;
    /** raw units, a decimal string */
    supply: string;
    /** What lies with nobody, and can never be taken. */
    burned: string;
    /** What lies with a known locker, and cannot be taken before a time that the logs do not tell. */
    locked: string;
    /** Who holds most of the rest; null where nobody holds any. */
    largestHolder: string | null;
    /** raw units, a decimal string */
    largestAmount: string;
    /** The largest part that one transaction burned, for the reserves. */
    removed: string;
    /** Of the supply before it. */
    removedShare: number;
    removedBlock: number | null;
    removedTransaction: string | null;
    /** Whether one transaction burned at least nine tenths, and nobody added liquidity after it. */
    pulled: boolean;
    reserve0: string | null;
    reserve1: string | null;
    /** Whether the logs account for all that was moved; else they do not begin at the pool's first. */
    complete: boolean;
  };
  /** How calls are handed to another contract's code. */
  type ProxyFacts = {
    /** eip-1167, eip-1967, eip-1967-beacon, eip-1822, eip-2535, zeppelinos, gnosis-safe or custom. */
    standard: string;
    /** Address of the code, where it is part of the bytecode. */
    implementation: string | null;
    /** Storage slot that holds that address (or the beacon's). */
    slot: string | null;
  };
  /** One external function of the runtime. */
  type Selector = {
    selector: string;
    /** Where the function is a well-known one, or the source declares it. */
    signature: string | null;
    arguments: string[];
    /** payable, nonpayable, view or pure. */
    mutability: string;
  };
  /** One variable of the storage layout, as evmole reads it. */
  type StorageSlot = {
    slot: string;
    /** Bytes from the slot's low end. */
    offset: number;
    type: string;
    /** Selectors of the functions that read it. */
    reads: string[];
    writes: string[];
  };
  /** What someone privileged can do to the holders of a token. */
  type TokenFacts = {
    /** erc20, erc721, erc1155, or pool for a contract that holds others' tokens without being one. */
    standard: string;
    /** Someone privileged can raise a balance or the supply after deployment. */
    mintable: boolean;
    /** Someone privileged can move or burn others' tokens. */
    ownerCanDrain: boolean;
    /** Someone privileged can stop or limit others' transfers or sales. */
    transfersLimited: boolean;
    /** Someone privileged can change what a transfer costs; told from source only. */
    feesChangeable: boolean;
    /** blacklist, pause, trading_switch, amount_limit, cooldown, unbounded_fee, external_check, owner_only,
     * hidden_owner, privileged_transfer; told from source only. */
    features: string[];
    /** Function, and the line or program counter, of each. */
    evidence: string[];
  };
  /** A contract's bytecode, its source, or both, and what its pools logged. */
  type Request = {
    /** Where it is deployed; mixed case must be the right EIP-55 checksum. It changes nothing in the answer. */
    address?: string | null;
    /** Runtime code, or creation code, as hex with or without 0x; `0x` for an address without code. */
    bytecode?: string | null;
    /** Solidity: one file, several files one after the other, or a compiler's standard JSON input. */
    source?: string | null;
    /** Logs of the token's Uniswap v2 pools (Sync, and Transfer of the pool's own token) as eth_getLogs gives them, from
     * each pool's first on; others are passed over. */
    logs?: PoolLog[];
    /** Whether to read the storage layout from the bytecode too, which takes up to a second for some contracts. */
    storageLayout?: boolean;
  };
  /** What the contract is, what it does, and what is wrong with it. */
  type Result = {
    address: string | null;
    /** empty, proxy, contract, or the most telling of `standards`. */
    kind: string;
    standards: string[];
    selectors: Selector[];
    proxy: ProxyFacts | null;
    metadata: CompilerMetadata | null;
    token: TokenFacts | null;
    findings: FindingFacts[];
    honeypot: HoneypotFacts;
    /** Where `storageLayout` asked for it and the code is of a size that a chain accepts. */
    storage: StorageSlot[] | null;
    /** One entry for each pool of `logs`; null where none were given. */
    liquidity: LiquidityFacts[] | null;
    riskScore: number;
    /** low, medium, high or critical. */
    riskLevel: string;
    /** What could not be read, and what was assumed. */
    notes: string[];
  };
}

/** Find wallets that one party runs, by common funding and collection, chains, timing and likeness */
export declare namespace BlockchainAnalyzeWalletCluster {
  /** A transfer, or several from one address to another where `count` says so. */
  type Activity = {
    from: string;
    to: string;
    count?: number;
    value?: number | string;
    token?: string;
    timestamp?: number | string;
  };
  /** Wallets that are linked by their own transfers, or by addresses that deal mostly with them. */
  type ClusterRow = {
    id: number;
    wallets: string[];
    /** Addresses outside the candidates that deal mostly with them. */
    connectors: string[];
    evidence: EvidenceRow[];
    /** The mean of its wallets' scores. */
    score: number;
  };
  /** One reason that a person can check. */
  type EvidenceRow = {
    /** COMMON_FUNDING, COMMON_COLLECTION, CHAIN, DENSE_LINKS, SIMILAR_BEHAVIOUR, SYNCHRONY or EQUAL_AMOUNTS. */
    code: string;
    /** How heavy it is, in log-odds. */
    weight: number;
    message: string;
    /** Up to 21 addresses to look at, the common one first. */
    addresses: string[];
  };
  /** Why a wallet has its verdict. */
  type ReasonRow = {
    code: string;
    message: string;
  };
  /** Value that went round and left everyone with what they had: wash trading. */
  type RingRow = {
    wallets: string[];
    token: string | null;
    /** raw units, a decimal string */
    volume: string;
    transfers: number;
    /** The most that any of them gained or lost. */
    change: string;
  };
  /** The verdict on one wallet. */
  type WalletRow = {
    address: string;
    cluster: number | null;
    /** Calibrated probability that the wallet is one of many of one party. */
    sybilScore: number;
    sybil: boolean;
    reasons: ReasonRow[];
  };
  /** Transfers around the wallets, and the wallets to judge. */
  type Request = {
    transfers: Activity[];
    /** Candidates; without them every address is one, save exchanges and contracts by their many partners. */
    wallets?: string[] | null;
  };
  /** Clusters, and one verdict for each wallet that was asked for. */
  type Result = {
    /** The largest first; their ids count from 0. */
    clusters: ClusterRow[];
    wallets: WalletRow[];
    rings: RingRow[];
    /** The score from which a wallet counts as Sybil. */
    threshold: number;
  };
}

/** Find sandwiches, arbitrages, liquidations, just-in-time liquidity and back-runs in a block */
export declare namespace BlockchainDetectMev {
  /** A block from whatever is at hand: traces and receipts, receipts with logs, or transactions and decoded swaps. */
  type BlockInput = {
    number: number | string;
    /** Who got the tips and the transfers; without it no payments to the miner are found. */
    miner?: string | null;
    /** Wei; absent before London. */
    baseFeePerGas?: number | string | null;
    /** As `trace_block` gives them. */
    traces?: Trace[] | null;
    /** As `eth_getBlockReceipts` gives them; logs are used where there are any. */
    receipts?: Receipt[] | null;
    /** Who sent what to whom, where there are no traces. */
    transactions?: BlockTransaction[] | null;
    /** Swaps that were decoded elsewhere. */
    swaps?: DecodedSwap[] | null;
  };
  /** A transaction; the selector alone will do for `input`. */
  type BlockTransaction = {
    hash: string;
    from: string;
    transactionIndex: number | string;
    to?: string | null;
    value?: number | string;
    input?: string | null;
    status?: number | string | null;
  };
  /** A swap that the caller decoded; `error` where it was undone. */
  type DecodedSwap = {
    transactionHash: string;
    transactionIndex: number | string;
    pool: string;
    sender: string;
    recipient: string;
    tokenIn: string;
    /** uint256 in raw units: a decimal string, or a JSON integer */
    amountIn: number | string;
    tokenOut: string;
    /** uint256 in raw units: a decimal string, or a JSON integer */
    amountOut: number | string;
    traceAddress?: number[];
    protocol?: string | null;
    error?: string | boolean | null;
  };
  /** What a transaction cost, whether it succeeded and what it logged. */
  type Receipt = {
    transactionHash: string;
    from?: string;
    transactionIndex?: number | string | null;
    to?: string | null;
    status?: number | string | null;
    gasUsed?: number | string | null;
    effectiveGasPrice?: number | string | null;
    logs?: ReceiptLog[] | null;
  };
  /** One log. */
  type ReceiptLog = {
    address?: string;
    topics?: string[];
    data?: string;
    logIndex?: number | string | null;
  };
  /** One trace in the order of execution; `error` where it failed. */
  type Trace = {
    action?: TraceAction;
    result?: TraceResult | null;
    traceAddress?: number[];
    transactionHash?: string | null;
    transactionPosition?: number | string | null;
    type?: string;
    error?: string | null;
  };
  /** What a trace did; which fields there are depends on its type. */
  type TraceAction = {
    from?: string | null;
    to?: string | null;
    input?: string | null;
    value?: number | string | null;
    callType?: string | null;
    address?: string | null;
    refundAddress?: string | null;
    balance?: number | string | null;
  };
  /** What came of it. */
  type TraceResult = {
    output?: string | null;
    address?: string | null;
  };
  /** Trades of one transaction that left every token where it was and one of them grown. */
  type ArbitrageFound = {
    transaction: string;
    profitToken: string;
    /** raw units, a decimal string */
    profitAmount: string;
    /** What the cycle began with; null where several trades sold the profit token. */
    startAmount: string | null;
    path: SwapFound[];
    /** Wei after gas and payments to the miner; null where the profit is in another token. */
    netEther: string | null;
  };
  /** An arbitrage that turned back the price move of another's trade. */
  type BackrunFound = {
    transaction: string;
    target: string;
    pool: string;
  };
  /** Liquidity that was there for others' trades only. */
  type JitFound = {
    provider: string;
    pool: string;
    mintTransaction: string;
    burnTransaction: string;
    victims: string[];
  };
  /** A loan that a third party paid back for the borrower's collateral. */
  type LiquidationFound = {
    transaction: string;
    liquidator: string;
    /** Null where Compound v3 took over several loans before it sold their collateral. */
    borrower: string | null;
    debtToken: string;
    /** raw units, a decimal string */
    debtAmount: string;
    /** What the liquidator received: an aToken or cToken where one was handed over. */
    collateralToken: string;
    /** raw units, a decimal string */
    collateralAmount: string;
    protocol: string;
  };
  /** What a transaction that extracted something cost, in wei. */
  type PaymentFound = {
    transaction: string;
    gasUsed: number;
    /** raw units, a decimal string */
    gasPrice: string;
    /** raw units, a decimal string */
    gasFee: string;
    /** The part of the fee above the base fee, which the miner keeps. */
    tip: string;
    /** Ether sent to the miner by the transaction itself. */
    coinbaseTransfer: string;
  };
  /** A trade before and a trade after others' trades in the same pool, by the same party. */
  type SandwichFound = {
    pool: string;
    /** The contract that trades, or the account where it went through a public router. */
    attacker: string;
    frontrun: string;
    backrun: string;
    victims: string[];
    profitToken: string;
    /** Realised on what was both bought and sold; negative for a loss. */
    profitAmount: string;
    /** raw units, a decimal string */
    bought: string;
    /** raw units, a decimal string */
    sold: string;
    /** Wei after gas and payments to the miner; null where the profit is in another token. */
    netEther: string | null;
  };
  /** The block in figures. */
  type Summary = {
    number: number;
    transactions: number;
    failed: number;
    swaps: number;
    /** Swaps of each protocol. */
    protocols: Record<string, number>;
    sandwiches: number;
    arbitrages: number;
    revertedArbitrages: number;
    liquidations: number;
    jit: number;
    backruns: number;
    /** Sum of the profits of sandwiches and arbitrages by token. */
    profits: Record<string, string>;
    /** Wei, of the transactions that extracted something. */
    gasFees: string;
    /** Wei, tips and transfers of the same transactions. */
    minerPayments: string;
  };
  /** One token given for another at a pool. */
  type SwapFound = {
    transactionHash: string;
    transactionIndex: number;
    /** Place of the call in its transaction; the index of the log where it was read from one. */
    traceAddress: number[];
    pool: string;
    protocol: string;
    /** Who called the pool. */
    sender: string;
    /** Who got the tokens. */
    recipient: string;
    tokenIn: string;
    /** raw units, a decimal string */
    amountIn: string;
    tokenOut: string;
    /** raw units, a decimal string */
    amountOut: string;
  };
  /** The block to look at. */
  type Request = {
    block: BlockInput;
  };
  /** What was extracted, by kind; transactions are named by their hash. */
  type Result = {
    sandwiches: SandwichFound[];
    arbitrages: ArbitrageFound[];
    /** Arbitrages of transactions that failed: what they would have earned. */
    revertedArbitrages: ArbitrageFound[];
    liquidations: LiquidationFound[];
    jit: JitFound[];
    backruns: BackrunFound[];
    payments: PaymentFound[];
    swaps: SwapFound[];
    summary: Summary;
  };
}

/** Answer at once with what was sent */
export declare namespace BlockchainPing {
  /** What to send back. */
  type Request = {
    /** Any JSON value. */
    echo?: unknown;
  };
  /** What was sent, and who answered. */
  type Result = {
    echo: unknown;
    /** host:pid of the process that answered. */
    worker: string;
    /** Versions of Python and of the packages that carry jobs. */
    versions: Record<string, string>;
    /** When, ISO 8601 UTC. */
    at: string;
  };
}

/** Measure the graph of transfers: degrees, flows, PageRank, betweenness, components, communities */
export declare namespace BlockchainTransactionGraph {
  /** Two addresses between which value may have passed. */
  type PathRequest = {
    source: string;
    target: string;
  };
  /** Where tainted value begins. */
  type TaintRequest = {
    seeds: string[];
    method?: "haircut" | "poison" | "fifo";
  };
  /** One transfer of a token. */
  type Transfer = {
    from: string;
    to: string;
    value: number | string;
    token?: string;
    timestamp?: number | string;
  };
  /** Addresses that trade more with each other than with the rest. */
  type Community = {
    id: number;
    size: number;
    component: number;
  };
  /** All payments from one address to another; `value` is over all tokens, `tokens` of each that was named. */
  type EdgeRow = {
    from: string;
    to: string;
    count: number;
    /** raw units, a decimal string */
    value: string;
    tokens: Record<string, string>;
  };
  /** An address. Degrees count distinct neighbours, flows are in raw units over all tokens. */
  type NodeRow = {
    id: string;
    inDegree: number;
    outDegree: number;
    /** raw units, a decimal string */
    inFlow: string;
    /** raw units, a decimal string */
    outFlow: string;
    /** What came in and what went out of each token that was named. */
    flows: Record<string, string[]>;
    /** Damping 0.85, parallel transfers merged, unweighted; sums to 1. */
    pageRank: number;
    /** Directed, unweighted, normalised. */
    betweenness: number;
    /** Weakly connected component; 0 is the largest. */
    component: number;
    /** Louvain community; 0 is the largest. */
    community: number;
  };
  /** The way with the fewest hops, then the most value; `hops` is null where there is none of up to 1,000. */
  type PathFound = {
    source: string;
    target: string;
    hops: number | null;
    path: string[];
    /** The least that passed on any hop of the way. */
    value: string;
  };
  /** Tainted receipts of an address; `held` is what it had not passed on at the end. */
  type TaintRow = {
    address: string;
    token: string | null;
    /** raw units, a decimal string */
    received: string;
    /** raw units, a decimal string */
    tainted: string;
    share: number;
    /** raw units, a decimal string */
    held: string;
  };
  /** Transfers, or an address whose neighbourhood is read from the store. */
  type Request = {
    transfers?: Transfer[] | null;
    address?: string | null;
    /** How many payments away from the address. */
    depth?: number;
    /** Only payments at or after this time (from the store). */
    from?: number | string | null;
    /** Only payments before this time (from the store). */
    to?: number | string | null;
    /** With graphml and gexf, `document` is the file's text. */
    format?: "json" | "graphml" | "gexf";
    taint?: TaintRequest | null;
    paths?: PathRequest[] | null;
    /** Whether to draw it (up to 400 nodes). */
    picture?: boolean;
  };
  /** The graph with its measures. */
  type Result = {
    nodes: NodeRow[];
    edges: EdgeRow[];
    communities: Community[];
    /** The addresses that tainted value reached, the most tainted first. */
    taint: TaintRow[];
    paths: PathFound[];
    /** Exact up to 1,000 nodes at least; above, from the paths that begin at 64 nodes. */
    betweenness: "exact" | "sampled";
    /** Whether the store holds more of the neighbourhood than was read. */
    truncated: boolean;
    document: string | null;
    /** SVG. */
    picture: string | null;
  };
}

/** Answer at once with what was sent */
export declare namespace BulkPing {
  /** What to send back. */
  type Request = {
    /** Any JSON value. */
    echo?: unknown;
  };
  /** What was sent, and who answered. */
  type Result = {
    echo: unknown;
    /** host:pid of the process that answered. */
    worker: string;
    /** Versions of Python and of the packages that carry jobs. */
    versions: Record<string, string>;
    /** When, ISO 8601 UTC. */
    at: string;
  };
}

/** Make candles of trades: open, high, low, close, volumes and volume-weighted price */
export declare namespace DataAggregateMarketData {
  /** One trade. */
  type Trade = {
    /** A second trade of the same id is the first one again and counts once. */
    id?: string | number | null;
    timestamp: number | string;
    /** a decimal number above 0: as text, to keep every digit, or a JSON number */
    price: string | number;
    /** Base volume. */
    amount: string | number;
    side: "buy" | "sell";
  };
  /** One interval; prices and volumes are exact decimals. */
  type Candle = {
    /** its open, epoch milliseconds */
    timestamp: number;
    open: string;
    high: string;
    low: string;
    close: string;
    /** base volume */
    volume: string;
    quoteVolume: string;
    /** quote volume over base volume, 28 significant digits; null without volume */
    vwap: string | null;
    trades: number;
    /** base volume of trades whose taker bought */
    buyVolume: string;
    sellVolume: string;
  };
  /** Intervals without a trade. */
  type Gap = {
    from: number;
    /** The open of the first interval behind the gap. */
    to: number;
    missing: number;
  };
  /** Trades of the store, by pool or symbol, or trades sent along. */
  type Request = {
    trades?: Trade[] | null;
    /** A pool whose swaps data.process-event-stream has stored. */
    pool?: string | null;
    /** Needed only where the pool's address is in use on several chains. */
    chainId?: number | null;
    /** A market that the settings name (SOBA_MARKETS); nothing is stored under other names. */
    symbol?: string | null;
    /** a number and a unit (s, m, h, d or w), such as 15m; or milliseconds */
    interval: string | number;
    /** First millisecond; needed with pool and symbol, else that of the first trade. */
    from?: number | string | null;
    /** The millisecond behind the last; needed with pool and symbol, else behind the last trade. */
    to?: number | string | null;
    /** previous: an interval without trades gets a flat candle at the close before it, volume 0. */
    fill?: "none" | "previous";
  };
  /** Candles in order of time. */
  type Result = {
    candles: Candle[];
    gaps: Gap[];
  };
}

/** Answer at once with what was sent */
export declare namespace DataPing {
  /** What to send back. */
  type Request = {
    /** Any JSON value. */
    echo?: unknown;
  };
  /** What was sent, and who answered. */
  type Result = {
    echo: unknown;
    /** host:pid of the process that answered. */
    worker: string;
    /** Versions of Python and of the packages that carry jobs. */
    versions: Record<string, string>;
    /** When, ISO 8601 UTC. */
    at: string;
  };
}

/** Validate, de-duplicate, order and store blockchain events */
export declare namespace DataProcessEventStream {
  /** One malformed event. */
  type Refusal = {
    /** Position among the events received, from 0. */
    index: number;
    path: string;
    /** As in the errors of data.validate-blockchain-event, or BELOW_RETENTION. */
    code: string;
    message: string;
  };
  /** Events, or a Redis stream to read them from. */
  type Request = {
    /** As data.validate-blockchain-event takes them; a malformed one is counted and listed, not a failure. */
    events?: unknown[] | null;
    /** Key of a stream on the queues' Redis. Every field of an entry is JSON: a list of events, best about 1,000. */
    stream?: string | null;
    /** Consumer group: it reads on from where it stands, in order; one consumer at a time. */
    group?: string;
    /** Read whole entries as long as no more than this many events come together. */
    maxEvents?: number;
    /** How long to wait for further entries at the end of the stream. */
    followSeconds?: number;
    /** False: validate, compare with the store and count, and change nothing. */
    store?: boolean;
  };
  /** What became of the events: received = accepted + duplicates + rejectedCount + reorged. */
  type Result = {
    received: number;
    accepted: number;
    /** Known already, or taken back without ever having been live. */
    duplicates: number;
    /** The first 1,000 malformed events. */
    rejected: Refusal[];
    rejectedCount: number;
    /** Live events that were taken back. */
    reorged: number;
    /** Accepted events below the highest accepted (blockNumber, logIndex) of their chain. */
    outOfOrder: number;
    stored: number;
    /** The highest live block of these chains. */
    lastBlock: number | null;
    /** Blocks from the highest one known down to the lowest one taken back. */
    reorgDepth: number;
    alarms: string[];
  };
}

/** Check a log's structure and decode it */
export declare namespace DataValidateBlockchainEvent {
  /** What the log says. */
  type Decoded = {
    name: string;
    /** As in `Transfer(address,address,uint256)`. */
    signature: string;
    /** By ABI name: integers as decimal strings, addresses with their EIP-55 checksum. */
    args: Record<string, unknown>;
  };
  /** A valid event, hex in lower case. */
  type Event = {
    chainId: number;
    blockNumber: number;
    blockHash: string;
    transactionHash: string;
    logIndex: number;
    address: string;
    topics: string[];
    data: string;
    /** Epoch milliseconds; null where it came without. */
    timestamp: number | null;
    removed: boolean;
  };
  /** One thing at one field. */
  type Finding = {
    path: string;
    /** An error: MISSING_FIELD, WRONG_TYPE, OUT_OF_RANGE, INVALID_ADDRESS, INVALID_CHECKSUM, INVALID_HASH,
     * TOO_MANY_TOPICS, INVALID_HEX, INVALID_DATA_LENGTH, FUTURE_TIMESTAMP, TIMESTAMP_UNIT or UNKNOWN_FIELD. A warning:
     * UNKNOWN_EVENT, LAYOUT_MISMATCH or REMOVED. */
    code: string;
    message: string;
  };
  /** A log as it came; what is wrong with it is the result, not a failure. */
  type Request = {
    /** chainId, blockNumber, blockHash, transactionHash, logIndex, address, topics, data, timestamp?, removed? */
    event: Record<string, unknown>;
  };
  /** Whether the event can be trusted, and what it says. */
  type Result = {
    valid: boolean;
    /** The event, normalised; null where it is not valid. */
    event: Event | null;
    /** Null where the event is not valid, unknown, or not laid out as its first topic says. */
    decoded: Decoded | null;
    errors: Finding[];
    warnings: Finding[];
  };
}

/** Find what is wrong with candles or trades, row by row */
export declare namespace DataValidateMarketData {
  /** One repair. */
  type Change = {
    row: number;
    code: string;
    action: string;
  };
  /** One thing at one row. */
  type Issue = {
    /** 0-based, as the rows came. */
    row: number;
    /** HIGH_BELOW_LOW, OUTSIDE_RANGE, NEGATIVE_VOLUME, GAP, DUPLICATE, OUT_OF_ORDER, PRICE_SPIKE, STALE_PRICE,
     * NOT_A_NUMBER, NON_POSITIVE_PRICE, TIMESTAMP_UNIT, MISALIGNED, WRONG_INTERVAL or INVALID_SIDE. */
    code: string;
    severity: "error" | "warning" | "info";
    message: string;
  };
  /** The series as it could be used. */
  type Repaired = {
    rows: Record<string, unknown>[];
    repairs: Change[];
  };
  /** The series in numbers; they explain the score. */
  type Summary = {
    symbol: string;
    rows: number;
    /** Milliseconds: as stated, or the most common distance of rows. */
    interval: number | null;
    /** Candles that are not there. */
    missing: number;
    errorRows: number;
    /** Rows with a warning and no error. */
    warningRows: number;
    /** Issues by code. */
    counts: Record<string, number>;
    explanation: string;
  };
  /** A series as it came; what is wrong with its rows is the result, not a failure. */
  type Request = {
    kind: "candles" | "trades";
    /** Name of the market; it only comes back in the summary. */
    symbol: string;
    /** Of candles, inferred where absent; of trades, the longest silence that is no gap. */
    interval?: string | number | null;
    /** Candles `{timestamp, open, high, low, close, volume}`, trades `{id?, timestamp, price, amount, side}`: numbers
     * or decimal strings; side is buy or sell. Fields beyond these are not looked at. */
    rows: unknown[];
    /** Whether to send back a repaired series with every change. */
    repair?: boolean;
  };
  /** What the series is worth. */
  type Result = {
    /** Whether no issue is an error. */
    valid: boolean;
    /** In order of rows, the first 20,000; `summary.counts` counts all. */
    issues: Issue[];
    /** 0 to 1: the share of rows without fault, a warning counting half. */
    score: number;
    summary: Summary;
    repaired: Repaired | null;
  };
}

/** Score a transaction, a wallet or a pool: a calibrated probability, a decision, and the reasons for it */
export declare namespace FraudAssessRisk {
  /** A right to move tokens that the transaction hands out. */
  type Approval = {
    spender: string;
    token?: string | null;
    /** Raw units; 2**255 and more count as unlimited. */
    amount?: number | string | null;
  };
  /** The pool that a decision is about, and what is known of it. */
  type Pool = {
    address?: string | null;
    /** Where it is absent or empty, no model answers. */
    features?: PoolFeatures | null;
  };
  /** Measured behaviour of one liquidity pool and of its creator; every field may be absent or null: unknown. */
  type PoolFeatures = {
    /** Liquidity additions a week. */
    mintCountPerWeek?: number | null;
    /** Liquidity removals a week. */
    burnCountPerWeek?: number | null;
    /** Share of additions among the pool's events, 0 to 1. */
    mintRatio?: number | null;
    /** Share of swaps among the pool's events, 0 to 1. */
    swapRatio?: number | null;
    /** Share of removals among the pool's events, 0 to 1. */
    burnRatio?: number | null;
    /** Mean place of the additions within the pool's life, 0 (its start) to 1. */
    mintMeanPeriod?: number | null;
    /** Mean place of the swaps within the pool's life, 0 to 1. */
    swapMeanPeriod?: number | null;
    /** Mean place of the removals within the pool's life, 0 to 1. */
    burnMeanPeriod?: number | null;
    /** Purchases of the token a week. */
    swapInPerWeek?: number | null;
    /** Sales of the token a week. */
    swapOutPerWeek?: number | null;
    /** Purchases for each sale. */
    swapRate?: number | null;
    /** Mean share of the liquidity tokens that a holder has, percent. */
    lpAvg?: number | null;
    /** Standard deviation of those shares, percent. */
    lpStd?: number | null;
    /** Share of the liquidity tokens that the creator holds; measurement may leave it slightly outside 0 to 1. */
    lpCreatorHoldingRatio?: number | null;
    /** Share of the liquidity tokens that is locked or burnt; may be measured slightly outside 0 to 1. */
    lpLockRatio?: number | null;
    /** Share of the token's supply that was burnt. */
    tokenBurnRatio?: number | null;
    /** Share of the token's supply that the creator holds; may be measured outside 0 to 1. */
    tokenCreatorHoldingRatio?: number | null;
    /** Tokens that this creator has made. */
    numberOfTokenCreationOfCreator?: number | null;
  };
  /** Scores from which the answer is no longer allow; those not given come from the settings. */
  type Thresholds = {
    review?: number | null;
    block?: number | null;
  };
  /** One transaction, before or after it is mined; what is not given is unknown and fires no rule. */
  type Transaction = {
    /** Counted once in the velocity windows however often it is assessed. */
    hash?: string | null;
    from?: string | null;
    /** Null for a contract creation. */
    to?: string | null;
    /** Ether, in wei. */
    value?: number | string | null;
    token?: string | null;
    /** Raw units of `token`. */
    tokenAmount?: number | string | null;
    /** All units of `token` there are. */
    tokenSupply?: number | string | null;
    amountUsd?: number | null;
    /** Wei per unit of gas; the highest that is offered where the transaction has a cap. */
    gasPrice?: number | string | null;
    /** Of the block that it is in, or of the latest one. */
    baseFeePerGas?: number | string | null;
    gasLimit?: number | null;
    /** When it was sent; now where absent. */
    timestamp?: number | string | null;
    /** Of the user who sent it; kept as a hash only. */
    ip?: string | null;
    /** Selector or name of the function called. */
    method?: string | null;
    approvals?: Approval[];
    /** Share by which the trade moves the pool's price. */
    priceImpact?: number | null;
    /** Share by which the price may worsen before the trade reverts. */
    slippage?: number | null;
    /** Whether it is sent past the public mempool. */
    private?: boolean;
    /** Addresses that the sender has dealt with before. */
    knownCounterparties?: string[];
    /** Since the sender's first transaction. */
    senderAgeMinutes?: number | null;
  };
  /** The address that a decision is about, and what is known of it. */
  type Wallet = {
    address: string;
    /** Where it is absent or empty, no model answers. */
    activity?: WalletActivity | null;
  };
  /** Measured activity of one address; every field may be absent or null, which means unknown.
   * 
   * For the ERC-20 fields absent, null and 0 mean the same: no token activity was seen. */
  type WalletActivity = {
    /** Mean minutes between transactions sent. */
    avgMinutesBetweenSent?: number | null;
    /** Mean minutes between transactions received. */
    avgMinutesBetweenReceived?: number | null;
    /** Minutes between the first and the last transaction. */
    activeMinutes?: number | null;
    /** Transactions sent. */
    sentCount?: number | null;
    /** Transactions received. */
    receivedCount?: number | null;
    /** Contracts created. */
    createdContracts?: number | null;
    /** Distinct addresses received from. */
    uniqueSenders?: number | null;
    /** Distinct addresses sent to. */
    uniqueRecipients?: number | null;
    /** Least Ether received at once. */
    minReceivedEth?: number | null;
    /** Most Ether received at once. */
    maxReceivedEth?: number | null;
    /** Mean Ether received. */
    avgReceivedEth?: number | null;
    /** Least Ether sent at once. */
    minSentEth?: number | null;
    /** Most Ether sent at once. */
    maxSentEth?: number | null;
    /** Mean Ether sent. */
    avgSentEth?: number | null;
    /** Least Ether sent to a contract at once. */
    minSentToContractEth?: number | null;
    /** Most Ether sent to a contract at once. */
    maxSentToContractEth?: number | null;
    /** Mean Ether sent to contracts. */
    avgSentToContractEth?: number | null;
    /** Transactions sent and received, those that create contracts included. */
    totalTransactions?: number | null;
    /** Ether sent in all. */
    totalSentEth?: number | null;
    /** Ether received in all. */
    totalReceivedEth?: number | null;
    /** Ether sent to contracts in all. */
    totalSentToContractsEth?: number | null;
    /** Ether received less Ether sent; may be below 0 where blocks are missing. */
    balanceEth?: number | null;
    /** Token transfers, in and out. */
    erc20Transactions?: number | null;
    /** Token units received in all. */
    erc20TotalReceived?: number | null;
    /** Token units sent in all. */
    erc20TotalSent?: number | null;
    /** Token units sent to contracts in all. */
    erc20TotalSentToContracts?: number | null;
    /** Distinct addresses that tokens went to. */
    erc20UniqueRecipients?: number | null;
    /** Distinct addresses that tokens came from. */
    erc20UniqueSenders?: number | null;
    /** Distinct contracts that tokens went to. */
    erc20UniqueRecipientContracts?: number | null;
    /** Distinct contracts that tokens came from. */
    erc20UniqueSenderContracts?: number | null;
    /** Least token units received at once. */
    erc20MinReceived?: number | null;
    /** Most token units received at once. */
    erc20MaxReceived?: number | null;
    /** Mean token units received. */
    erc20AvgReceived?: number | null;
    /** Least token units sent at once. */
    erc20MinSent?: number | null;
    /** Most token units sent at once. */
    erc20MaxSent?: number | null;
    /** Mean token units sent. */
    erc20AvgSent?: number | null;
    /** Distinct tokens sent. */
    erc20UniqueSentTokens?: number | null;
    /** Distinct tokens received. */
    erc20UniqueReceivedTokens?: number | null;
    /** Name of the token sent most often; kept for the record, read by no model. */
    erc20MostSentToken?: string | null;
    /** Name of the token received most often; kept for the record, read by no model. */
    erc20MostReceivedToken?: string | null;
  };
  /** The parts of a score. */
  type Components = {
    wallet: ModelComponent;
    pool: ModelComponent;
    /** Null without a transaction. */
    velocity: VelocityComponent | null;
    /** The weightiest first. */
    rules: RuleHit[];
  };
  /** What a model says of a wallet or pool. */
  type ModelComponent = {
    /** Of fraud, calibrated; null where nothing to judge by was given. */
    probability: number | null;
    /** full, or partial where the model for incomplete knowledge answered. */
    model: string | null;
    /** How many of `knowableFields` were given; fields whose absence says the same as 0 are not counted. */
    knownFields: number;
    knowableFields: number;
  };
  /** Why a score is as high as it is. */
  type Reason = {
    code: string;
    message: string;
    /** The field, or the ratio of fields, that it is about; null for a rule. */
    feature: string | null;
    /** The part of the score that this reason stands for. */
    contribution: number;
  };
  /** A rule that fired. */
  type RuleHit = {
    id: string;
    weight: number;
    code: string;
    message: string;
  };
  /** What the sliding windows hold at the transaction's time, itself included. */
  type VelocityComponent = {
    /** False where no Redis answered: rules about velocity then know nothing. */
    available: boolean;
    /** False where this transaction had been counted before. */
    counted: boolean;
    /** wallet, counterparty, token, ip -> 1m, 1h, 1d, 7d, 30d -> count, sum (Ether; raw units for token), distinct. */
    windows: Record<string, Record<string, Record<string, number>>>;
  };
  /** What to assess: at least one of transaction, wallet and pool. */
  type Request = {
    transaction?: Transaction | null;
    wallet?: Wallet | null;
    pool?: Pool | null;
    thresholds?: Thresholds | null;
  };
  /** Score, decision and why. */
  type Result = {
    /** 0 to 1, higher is riskier. */
    score: number;
    level: "low" | "medium" | "high" | "critical";
    decision: "allow" | "review" | "block";
    /** At least one where the decision is not allow, the weightiest first. */
    reasons: Reason[];
    components: Components;
    /** Of the models and of the rules. */
    modelVersions: Record<string, string>;
  };
}

/** Compare what the fraud models are asked about with what they were trained on, and challengers with champions */
export declare namespace FraudCheckDrift {
  /** How far one feature has moved. */
  type Drift = {
    feature: string;
    /** Population stability index against the training rows; 0 is no change. */
    psi: number;
    /** stable below 0.1, moving below 0.25, else shifted. */
    shift: "stable" | "moving" | "shifted";
  };
  /** One model's traffic against its training rows. */
  type ModelDrift = {
    model: string;
    version: string;
    rows: number;
    /** Of the probabilities; null, like the features' list is empty, below 200 rows. */
    score: Drift | null;
    /** The most moved first. */
    features: Drift[];
    /** Null without a challenger, or before it has seen traffic. */
    shadow: Shadow | null;
  };
  /** How a challenger would have decided in the champion's place. */
  type Shadow = {
    challenger: string;
    rows: number;
    /** Share of the rows on the same side of the review threshold. */
    agreement: number;
    championOnly: number;
    challengerOnly: number;
    /** Mean absolute difference of the probabilities. */
    meanDifference: number;
  };
  /** Which models, over how many days. */
  type Request = {
    models?: ("wallet-fraud" | "pool-rugpull")[];
    days?: number;
  };
  /** Every model asked for. */
  type Result = {
    /** False where no Redis keeps notes. */
    available: boolean;
    models: ModelDrift[];
  };
}

/** Answer at once with what was sent */
export declare namespace FraudPing {
  /** What to send back. */
  type Request = {
    /** Any JSON value. */
    echo?: unknown;
  };
  /** What was sent, and who answered. */
  type Result = {
    echo: unknown;
    /** host:pid of the process that answered. */
    worker: string;
    /** Versions of Python and of the packages that carry jobs. */
    versions: Record<string, string>;
    /** When, ISO 8601 UTC. */
    at: string;
  };
}

/** Store what became of a wallet or pool, with the features it was assessed by, as a label for retraining */
export declare namespace FraudReportOutcome {
  /** The pool that a decision is about, and what is known of it. */
  type Pool = {
    address?: string | null;
    /** Where it is absent or empty, no model answers. */
    features?: PoolFeatures | null;
  };
  /** Measured behaviour of one liquidity pool and of its creator; every field may be absent or null: unknown. */
  type PoolFeatures = {
    /** Liquidity additions a week. */
    mintCountPerWeek?: number | null;
    /** Liquidity removals a week. */
    burnCountPerWeek?: number | null;
    /** Share of additions among the pool's events, 0 to 1. */
    mintRatio?: number | null;
    /** Share of swaps among the pool's events, 0 to 1. */
    swapRatio?: number | null;
    /** Share of removals among the pool's events, 0 to 1. */
    burnRatio?: number | null;
    /** Mean place of the additions within the pool's life, 0 (its start) to 1. */
    mintMeanPeriod?: number | null;
    /** Mean place of the swaps within the pool's life, 0 to 1. */
    swapMeanPeriod?: number | null;
    /** Mean place of the removals within the pool's life, 0 to 1. */
    burnMeanPeriod?: number | null;
    /** Purchases of the token a week. */
    swapInPerWeek?: number | null;
    /** Sales of the token a week. */
    swapOutPerWeek?: number | null;
    /** Purchases for each sale. */
    swapRate?: number | null;
    /** Mean share of the liquidity tokens that a holder has, percent. */
    lpAvg?: number | null;
    /** Standard deviation of those shares, percent. */
    lpStd?: number | null;
    /** Share of the liquidity tokens that the creator holds; measurement may leave it slightly outside 0 to 1. */
    lpCreatorHoldingRatio?: number | null;
    /** Share of the liquidity tokens that is locked or burnt; may be measured slightly outside 0 to 1. */
    lpLockRatio?: number | null;
    /** Share of the token's supply that was burnt. */
    tokenBurnRatio?: number | null;
    /** Share of the token's supply that the creator holds; may be measured outside 0 to 1. */
    tokenCreatorHoldingRatio?: number | null;
    /** Tokens that this creator has made. */
    numberOfTokenCreationOfCreator?: number | null;
  };
  /** The address that a decision is about, and what is known of it. */
  type Wallet = {
    address: string;
    /** Where it is absent or empty, no model answers. */
    activity?: WalletActivity | null;
  };
  /** Measured activity of one address; every field may be absent or null, which means unknown.
   * 
   * For the ERC-20 fields absent, null and 0 mean the same: no token activity was seen. */
  type WalletActivity = {
    /** Mean minutes between transactions sent. */
    avgMinutesBetweenSent?: number | null;
    /** Mean minutes between transactions received. */
    avgMinutesBetweenReceived?: number | null;
    /** Minutes between the first and the last transaction. */
    activeMinutes?: number | null;
    /** Transactions sent. */
    sentCount?: number | null;
    /** Transactions received. */
    receivedCount?: number | null;
    /** Contracts created. */
    createdContracts?: number | null;
    /** Distinct addresses received from. */
    uniqueSenders?: number | null;
    /** Distinct addresses sent to. */
    uniqueRecipients?: number | null;
    /** Least Ether received at once. */
    minReceivedEth?: number | null;
    /** Most Ether received at once. */
    maxReceivedEth?: number | null;
    /** Mean Ether received. */
    avgReceivedEth?: number | null;
    /** Least Ether sent at once. */
    minSentEth?: number | null;
    /** Most Ether sent at once. */
    maxSentEth?: number | null;
    /** Mean Ether sent. */
    avgSentEth?: number | null;
    /** Least Ether sent to a contract at once. */
    minSentToContractEth?: number | null;
    /** Most Ether sent to a contract at once. */
    maxSentToContractEth?: number | null;
    /** Mean Ether sent to contracts. */
    avgSentToContractEth?: number | null;
    /** Transactions sent and received, those that create contracts included. */
    totalTransactions?: number | null;
    /** Ether sent in all. */
    totalSentEth?: number | null;
    /** Ether received in all. */
    totalReceivedEth?: number | null;
    /** Ether sent to contracts in all. */
    totalSentToContractsEth?: number | null;
    /** Ether received less Ether sent; may be below 0 where blocks are missing. */
    balanceEth?: number | null;
    /** Token transfers, in and out. */
    erc20Transactions?: number | null;
    /** Token units received in all. */
    erc20TotalReceived?: number | null;
    /** Token units sent in all. */
    erc20TotalSent?: number | null;
    /** Token units sent to contracts in all. */
    erc20TotalSentToContracts?: number | null;
    /** Distinct addresses that tokens went to. */
    erc20UniqueRecipients?: number | null;
    /** Distinct addresses that tokens came from. */
    erc20UniqueSenders?: number | null;
    /** Distinct contracts that tokens went to. */
    erc20UniqueRecipientContracts?: number | null;
    /** Distinct contracts that tokens came from. */
    erc20UniqueSenderContracts?: number | null;
    /** Least token units received at once. */
    erc20MinReceived?: number | null;
    /** Most token units received at once. */
    erc20MaxReceived?: number | null;
    /** Mean token units received. */
    erc20AvgReceived?: number | null;
    /** Least token units sent at once. */
    erc20MinSent?: number | null;
    /** Most token units sent at once. */
    erc20MaxSent?: number | null;
    /** Mean token units sent. */
    erc20AvgSent?: number | null;
    /** Distinct tokens sent. */
    erc20UniqueSentTokens?: number | null;
    /** Distinct tokens received. */
    erc20UniqueReceivedTokens?: number | null;
    /** Name of the token sent most often; kept for the record, read by no model. */
    erc20MostSentToken?: string | null;
    /** Name of the token received most often; kept for the record, read by no model. */
    erc20MostReceivedToken?: string | null;
  };
  /** How many subjects a model now has labels for. */
  type Labels = {
    fraud: number;
    honest: number;
  };
  /** A wallet, a pool, or both, as they were assessed, and what became of them. */
  type Request = {
    outcome: "confirmed-fraud" | "false-alarm";
    wallet?: Wallet | null;
    pool?: Pool | null;
    /** That the assessment gave. */
    score?: number | null;
    /** Now where absent. */
    reportedAt?: number | string | null;
    note?: string | null;
  };
  /** What was stored; a later report on the same subject takes its place. */
  type Result = {
    /** Models that have one label more. */
    stored: string[];
    labels: Record<string, Labels>;
  };
}

/** Answer at once with what was sent */
export declare namespace MlPing {
  /** What to send back. */
  type Request = {
    /** Any JSON value. */
    echo?: unknown;
  };
  /** What was sent, and who answered. */
  type Result = {
    echo: unknown;
    /** host:pid of the process that answered. */
    worker: string;
    /** Versions of Python and of the packages that carry jobs. */
    versions: Record<string, string>;
    /** When, ISO 8601 UTC. */
    at: string;
  };
}

/** Predict range, volume spikes, volatility and volume regimes, or direction from hourly candles */
export declare namespace MlPredict {
  /** Open, high, low, close and base volume of one interval; `timestamp` is its open. */
  type Candle = {
    timestamp: number | string;
    open: number;
    high: number;
    low: number;
    close: number;
    volume: number;
  };
  /** What a baseline says. */
  type Answer = {
    label: string;
  };
  /** The simplest guesses: a prediction is worth something where it is right and they are not. */
  type Baselines = {
    /** The last observed value of the same statement holds again. */
    persistence: Answer;
    /** What was more frequent in training. */
    majority: Answer;
    /** For a direction: the opposite of the last one. */
    reversal?: Answer | null;
  };
  /** What one group of figures adds to the probability. */
  type Reason = {
    /** VOLATILITY, RANGE, VOLUME, SEASON or TREND. */
    code: string;
    message: string;
    /** The group's leading figure. */
    feature: string;
    /** Difference that the group makes to the event's probability. */
    contribution: number;
  };
  /** Which statement, and the past of a market. */
  type Request = {
    model: "range-1h" | "volume-spike-1h" | "volatility-regime-24h" | "volume-regime-24h" | "direction-1h" | "direction-24h";
    /** 168 to 10,000 hourly candles, the oldest first and without gaps, the last one complete; 744 recommended: with
     * fewer, figures of the month are taken over what there is, and the answer says so. */
    candles: Candle[];
    /** What the market is called; it is given back and plays no part in the prediction. */
    asset?: string | null;
  };
  /** The prediction, beside the baselines. */
  type Result = {
    model: string;
    /** Of the model. */
    version: string;
    asset: string | null;
    /** yes or no; up or down. */
    label: string;
    /** Calibrated, of the event (yes, up). */
    probability: number;
    /** Probability of the label. */
    confidence: number;
    /** Whether the model would rather not say: near one half it is right about as often as a coin. */
    abstained: boolean;
    baselines: Baselines;
    /** 1h or 24h. */
    horizon: string;
    /** Open of the last candle, ISO 8601 UTC. */
    asOf: string;
    /** When the outcome is known and the prediction is of no more use. */
    expiresAt: string;
    /** The strongest first. */
    reasons: Reason[];
    candlesUsed: number;
    /** Such as that there were fewer candles than recommended. */
    warnings: string[];
  };
}

/** Train a model and promote it only if it beats the one that serves */
export declare namespace MlTrain {
  /** Hourly candles of the store, as data.process-event-stream has made them. */
  type StoreSource = {
    /** These alone; all where it is empty. */
    pools?: string[];
  };
  /** What the training may take. */
  type TrainingLimits = {
    threads?: number;
    /** Wall time; the job fails with TIMEOUT beyond it. */
    seconds?: number;
  };
  /** Where the rows come from. */
  type TrainingSource = {
    /** A file or folder that the worker can read (Parquet or CSV); a relative path begins at the project's root. */
    path?: string | null;
    /** For the market models. Hours without a trade are filled with still candles where they are at most a day. */
    store?: StoreSource | null;
    /** For fraud models: the outcomes that were reported, alone or added to the rows of `path`. */
    outcomes?: boolean;
  };
  /** What a training would do. */
  type Estimate = {
    rows: number;
    windows: number;
    seconds: number;
  };
  /** Which model, from what, and what becomes of it. */
  type Request = {
    /** One of the trainable models; an unknown one is refused with their names. */
    model: string;
    source: TrainingSource;
    /** auto: champion if it beats the present one by proof; never: challenger; force: champion, on record. */
    promote?: "auto" | "never" | "force";
    seed?: number;
    limits?: TrainingLimits;
    /** Only say how long it would take: nothing is trained, `version` is null and `estimate` is filled. */
    dryRun?: boolean;
  };
  /** The new version, what it is worth, and whether it serves. */
  type Result = {
    version: string | null;
    promoted: boolean;
    /** Why it was promoted, or why not. */
    reason: string;
    /** On rows that the model had not seen: accuracy, auc, brier and others, overall and by window. */
    metrics: Record<string, unknown>;
    /** The same of what the model must beat. */
    baselines: Record<string, unknown>;
    /** Id of the version that serves now. */
    champion: string | null;
    /** The version's card: parameters, data, split, comparison with the champion. */
    card: Record<string, unknown>;
    estimate?: Estimate | null;
  };
}

/** Name the language of a text */
export declare namespace NlpDetectLanguage {
  /** Another language that it may be. */
  type Alternative = {
    language: string;
    confidence: number;
  };
  /** A text, and the languages it may be in. */
  type Request = {
    /** Chat, an interface string or a document; of a long one the beginning, middle and end are read. */
    text: string;
    /** Language codes to choose among; the twenty core languages and others that are unmistakable where absent. */
    candidates?: string[] | null;
  };
  /** The language, and how sure that is. */
  type Result = {
    /** ISO 639-1 code; `und` where no letters remain without addresses, tickers and slang, or the vote is open. */
    language: string;
    /** Calibrated: of the answers given with 0.8, about 80% are right. */
    confidence: number;
    /** The next best, best first. */
    alternatives: Alternative[];
    /** The writing system of most letters, e.g. Latin, Cyrillic, Han; null without letters. */
    script: string | null;
  };
}

/** Answer at once with what was sent */
export declare namespace NlpPing {
  /** What to send back. */
  type Request = {
    /** Any JSON value. */
    echo?: unknown;
  };
  /** What was sent, and who answered. */
  type Result = {
    echo: unknown;
    /** host:pid of the process that answered. */
    worker: string;
    /** Versions of Python and of the packages that carry jobs. */
    versions: Record<string, string>;
    /** When, ISO 8601 UTC. */
    at: string;
  };
}

/** List the languages and the directions of translation of this installation, pair by pair */
export declare namespace NlpSupportedLanguages {
  /** A language that something here can deal with. */
  type Language = {
    /** ISO 639-1 (639-3 where there is none). */
    code: string;
    /** In English. */
    name: string;
    /** Whether detect-language was measured to tell it from the others. */
    detected: boolean;
    /** Whether an engine translates from it or into it. */
    translated: boolean;
  };
  /** One direction of translation. */
  type Pair = {
    source: string;
    target: string;
    engine: string;
    quality: "draft" | "good" | "exact";
    /** Languages it goes through: two, or three with a pivot. */
    path: string[];
    /** chrF measured on FLORES-200 for a direct pair; null where nobody measured it. */
    chrf?: number | null;
  };
  /** Nothing to ask for. */
  type Request = {
  };
  /** Languages and directions, in alphabetical order of their codes. */
  type Result = {
    languages: Language[];
    pairs: Pair[];
  };
}

/** Translate a text, keeping addresses, placeholders, tags, tickers and amounts byte for byte */
export declare namespace NlpTranslate {
  /** The language that the text was found to be in. */
  type Detected = {
    language: string;
    confidence: number;
  };
  /** What people made of a text that differs in case, numbers or placeholders alone. */
  type Suggestion = {
    original: string;
    text: string;
    source: string;
    similarity: number;
  };
  /** A text and how to translate it. */
  type Request = {
    /** Language code to translate into: `es`, `pt-BR`, `spa`. */
    target: string;
    /** Language code of the text; `auto` detects it. */
    source?: string;
    /** html keeps tags and stays well formed; icu reads plural and select, and translates each branch. */
    format?: "text" | "html" | "icu";
    /** Source term to target term: whole words, used as they are, whatever the engine would say. */
    glossary?: Record<string, string>;
    /** Terms that stay as they are. */
    protect?: string[];
    /** This engine or none; chosen by pair where absent. */
    engine?: "apertium" | "ctranslate2" | "transformers" | "memory" | null;
    /** Plain text, HTML or an ICU message, as `format` says. */
    text: string;
  };
  /** The text in the target language. */
  type Result = {
    text: string;
    source: string;
    target: string;
    /** The engine; `memory` for what a person translated, `none` where nothing was to be done. */
    engine: string;
    /** Languages that the text went through: two, three with a pivot, one where nothing was to be done. */
    path: string[];
    /** draft: to be understood; good: measured to be fit for readers; exact: a person's, or the text itself. */
    quality: "draft" | "good" | "exact";
    /** What was kept byte for byte (addresses, placeholders, tags, tickers, amounts ...), in the source's order. */
    protectedSpans: string[];
    /** Stretches that stay in the source language, since the engine would have harmed what must be kept. */
    untranslated?: string[];
    /** Near translations from the memory; never used by themselves. */
    suggestions?: Suggestion[];
    /** Only where the source was `auto`. */
    detected?: Detected | null;
  };
}

/** Translate many texts into one language; equal ones are translated once, and a bad one fails in its place */
export declare namespace NlpTranslateBatch {
  /** The language that the text was found to be in. */
  type Detected = {
    language: string;
    confidence: number;
  };
  /** Stands in the place of a text that has no translation. */
  type Failed = {
    failure: Failure;
  };
  /** One failed request: in `job.failedReason`, in HTTP answers, in the place of a batch's item. */
  type Failure = {
    /** One of the codes of foundation.errors. */
    code: string;
    message: string;
    /** Whether the same request may succeed later. */
    retryable: boolean;
    /** `{path, message}` for each field at fault. */
    details?: Record<string, unknown>[];
    requestId?: string | null;
  };
  /** What people made of a text that differs in case, numbers or placeholders alone. */
  type Suggestion = {
    original: string;
    text: string;
    source: string;
    similarity: number;
  };
  /** A translation and how it came about. */
  type Translation = {
    text: string;
    source: string;
    target: string;
    /** The engine; `memory` for what a person translated, `none` where nothing was to be done. */
    engine: string;
    /** Languages that the text went through: two, three with a pivot, one where nothing was to be done. */
    path: string[];
    /** draft: to be understood; good: measured to be fit for readers; exact: a person's, or the text itself. */
    quality: "draft" | "good" | "exact";
    /** What was kept byte for byte (addresses, placeholders, tags, tickers, amounts ...), in the source's order. */
    protectedSpans: string[];
    /** Stretches that stay in the source language, since the engine would have harmed what must be kept. */
    untranslated?: string[];
    /** Near translations from the memory; never used by themselves. */
    suggestions?: Suggestion[];
    /** Only where the source was `auto`. */
    detected?: Detected | null;
  };
  /** Texts and how to translate them. */
  type Request = {
    /** Language code to translate into: `es`, `pt-BR`, `spa`. */
    target: string;
    /** Language code of the text; `auto` detects it. */
    source?: string;
    /** html keeps tags and stays well formed; icu reads plural and select, and translates each branch. */
    format?: "text" | "html" | "icu";
    /** Source term to target term: whole words, used as they are, whatever the engine would say. */
    glossary?: Record<string, string>;
    /** Terms that stay as they are. */
    protect?: string[];
    /** This engine or none; chosen by pair where absent. */
    engine?: "apertium" | "ctranslate2" | "transformers" | "memory" | null;
    texts: string[];
  };
  /** One translation, or failure, for each text, in order. */
  type Result = {
    translations: (Translation | Failed)[];
  };
}

export interface Operations {
  "blockchain.analyze-contract": { request: BlockchainAnalyzeContract.Request; result: BlockchainAnalyzeContract.Result };
  "blockchain.analyze-wallet-cluster": { request: BlockchainAnalyzeWalletCluster.Request; result: BlockchainAnalyzeWalletCluster.Result };
  "blockchain.detect-mev": { request: BlockchainDetectMev.Request; result: BlockchainDetectMev.Result };
  "blockchain.ping": { request: BlockchainPing.Request; result: BlockchainPing.Result };
  "blockchain.transaction-graph": { request: BlockchainTransactionGraph.Request; result: BlockchainTransactionGraph.Result };
  "bulk.ping": { request: BulkPing.Request; result: BulkPing.Result };
  "data.aggregate-market-data": { request: DataAggregateMarketData.Request; result: DataAggregateMarketData.Result };
  "data.ping": { request: DataPing.Request; result: DataPing.Result };
  "data.process-event-stream": { request: DataProcessEventStream.Request; result: DataProcessEventStream.Result };
  "data.validate-blockchain-event": { request: DataValidateBlockchainEvent.Request; result: DataValidateBlockchainEvent.Result };
  "data.validate-market-data": { request: DataValidateMarketData.Request; result: DataValidateMarketData.Result };
  "fraud.assess-risk": { request: FraudAssessRisk.Request; result: FraudAssessRisk.Result };
  "fraud.check-drift": { request: FraudCheckDrift.Request; result: FraudCheckDrift.Result };
  "fraud.ping": { request: FraudPing.Request; result: FraudPing.Result };
  "fraud.report-outcome": { request: FraudReportOutcome.Request; result: FraudReportOutcome.Result };
  "ml.ping": { request: MlPing.Request; result: MlPing.Result };
  "ml.predict": { request: MlPredict.Request; result: MlPredict.Result };
  "ml.train": { request: MlTrain.Request; result: MlTrain.Result };
  "nlp.detect-language": { request: NlpDetectLanguage.Request; result: NlpDetectLanguage.Result };
  "nlp.ping": { request: NlpPing.Request; result: NlpPing.Result };
  "nlp.supported-languages": { request: NlpSupportedLanguages.Request; result: NlpSupportedLanguages.Result };
  "nlp.translate": { request: NlpTranslate.Request; result: NlpTranslate.Result };
  "nlp.translate-batch": { request: NlpTranslateBatch.Request; result: NlpTranslateBatch.Result };
}

export type RequestOf<N extends string> = N extends keyof Operations ? Operations[N]["request"] : unknown;
export type ResultOf<N extends string> = N extends keyof Operations ? Operations[N]["result"] : any;

export interface Methods<Options> {
  blockchain: {
    /** Say what a contract does, who may abuse it, and how risky it is.
     * 
     * The bytecodes of a batch are read together, equal ones once. */
    analyzeContract(input: BlockchainAnalyzeContract.Request, options?: Options): Promise<BlockchainAnalyzeContract.Result>;
    /** Find wallets that one party runs, by common funding and collection, chains, timing and likeness.
     * 
     * Each verdict comes with evidence that a person can check; one transfer is never enough. Rings of wash trading are
     * found beside. */
    analyzeWalletCluster(input: BlockchainAnalyzeWalletCluster.Request, options?: Options): Promise<BlockchainAnalyzeWalletCluster.Result>;
    /** Find sandwiches, arbitrages, liquidations, just-in-time liquidity and back-runs in a block.
     * 
     * Swaps are decoded from traces (Uniswap v2 and v3 and forks, Curve, Balancer, Bancor, 0x, 1inch; other pools by their
     * token flows) or from logs. Amounts are exact integers in raw units. */
    detectMev(input: BlockchainDetectMev.Request, options?: Options): Promise<BlockchainDetectMev.Result>;
    /** Answer at once with what was sent. */
    ping(input: BlockchainPing.Request, options?: Options): Promise<BlockchainPing.Result>;
    /** Measure the graph of transfers: degrees, flows, PageRank, betweenness, components, communities.
     * 
     * Asked for, also the spread of taint from given addresses, shortest value paths, GraphML or GEXF, and a picture. */
    transactionGraph(input: BlockchainTransactionGraph.Request, options?: Options): Promise<BlockchainTransactionGraph.Result>;
  };
  bulk: {
    /** Answer at once with what was sent. */
    ping(input: BulkPing.Request, options?: Options): Promise<BulkPing.Result>;
  };
  data: {
    /** Make candles of trades: open, high, low, close, volumes and volume-weighted price.
     * 
     * Intervals are half-open and aligned to UTC (weeks begin on Mondays). For a pool, base is token0 and amounts are in
     * raw units; its candles are kept up to date as events come in. */
    aggregateMarketData(input: DataAggregateMarketData.Request, options?: Options): Promise<DataAggregateMarketData.Result>;
    /** Answer at once with what was sent. */
    ping(input: DataPing.Request, options?: Options): Promise<DataPing.Result>;
    /** Validate, de-duplicate, order and store blockchain events.
     * 
     * An event is known by chain, block hash, transaction hash and log index, across requests and restarts. Removed events
     * are taken back with the transfers, trades and candles that came of them. Events and position change in one
     * transaction: a process that is killed neither loses nor doubles any. */
    processEventStream(input: DataProcessEventStream.Request, options?: Options): Promise<DataProcessEventStream.Result>;
    /** Check a log's structure and decode it.
     * 
     * A malformed event is a result with `valid: false` and a code for each field at fault. A valid event that is not
     * known, does not fit its layout, or was taken back by a reorg stays valid with a warning. */
    validateBlockchainEvent(input: DataValidateBlockchainEvent.Request, options?: Options): Promise<DataValidateBlockchainEvent.Result>;
    /** Find what is wrong with candles or trades, row by row.
     * 
     * Values that no market makes are errors; what is only unlikely (a lone spike by robust statistics, a price that does
     * not move) is a warning. On request the answer holds a repaired series and every change made. */
    validateMarketData(input: DataValidateMarketData.Request, options?: Options): Promise<DataValidateMarketData.Result>;
  };
  fraud: {
    /** Score a transaction, a wallet or a pool: a calibrated probability, a decision, and the reasons for it.
     * 
     * Models judge measured activity alone, never an address, a list, or what else is in the batch. Rules see the
     * transaction, the lists and the velocity windows. The parts combine as independent causes (noisy-or). */
    assessRisk(input: FraudAssessRisk.Request, options?: Options): Promise<FraudAssessRisk.Result>;
    /** Compare what the fraud models are asked about with what they were trained on, and challengers with champions.
     * 
     * Features and scores by population stability index; the gauges `soba_fraud_psi` and `soba_fraud_shadow_agreement`
     * are set as well. */
    checkDrift(input: FraudCheckDrift.Request, options?: Options): Promise<FraudCheckDrift.Result>;
    /** Answer at once with what was sent. */
    ping(input: FraudPing.Request, options?: Options): Promise<FraudPing.Result>;
    /** Store what became of a wallet or pool, with the features it was assessed by, as a label for retraining. */
    reportOutcome(input: FraudReportOutcome.Request, options?: Options): Promise<FraudReportOutcome.Result>;
  };
  ml: {
    /** Answer at once with what was sent. */
    ping(input: MlPing.Request, options?: Options): Promise<MlPing.Result>;
    /** Predict range, volume spikes, volatility and volume regimes, or direction from hourly candles.
     * 
     * Any market will do: the models see nothing but scale-free figures of the candles given. Probabilities are
     * calibrated on later data than they were learnt from. Direction is close to chance, and says so. */
    predict(input: MlPredict.Request, options?: Options): Promise<MlPredict.Result>;
    /** Train a model and promote it only if it beats the one that serves.
     * 
     * Candidates compete walk-forward, purged by the horizon and an embargo; the best one is compared with the champion
     * by Brier score on the same held-out rows. A running worker picks up a new champion within seconds. */
    train(input: MlTrain.Request, options?: Options): Promise<MlTrain.Result>;
  };
  nlp: {
    /** Name the language of a text.
     * 
     * Addresses, links, tickers, numbers and chat slang are taken out first; then three classifiers vote. */
    detectLanguage(input: NlpDetectLanguage.Request, options?: Options): Promise<NlpDetectLanguage.Result>;
    /** Answer at once with what was sent. */
    ping(input: NlpPing.Request, options?: Options): Promise<NlpPing.Result>;
    /** List the languages and the directions of translation of this installation, pair by pair. */
    supportedLanguages(input: NlpSupportedLanguages.Request, options?: Options): Promise<NlpSupportedLanguages.Result>;
    /** Translate a text, keeping addresses, placeholders, tags, tickers and amounts byte for byte.
     * 
     * A person's translation is used where the memory has the very text; an engine otherwise. A pair without an engine is
     * MODEL_UNAVAILABLE, with the pairs that there are. */
    translate(input: NlpTranslate.Request, options?: Options): Promise<NlpTranslate.Result>;
    /** Translate many texts into one language; equal ones are translated once, and a bad one fails in its place. */
    translateBatch(input: NlpTranslateBatch.Request, options?: Options): Promise<NlpTranslateBatch.Result>;
  };
}
