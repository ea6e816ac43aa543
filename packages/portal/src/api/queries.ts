/** How pages read and change what the vault has: every read is cached by endpoint and arguments, every change says what it outdates. */
import {
  QueryClient,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
  type InfiniteData,
  type UseInfiniteQueryResult,
  type UseMutationResult,
  type UseQueryResult,
} from '@tanstack/react-query';
import { useState } from 'react';
import {
  ApiError,
  call,
  callText,
  isUnsure,
  partsOf,
  type Answer,
  type Args,
  type EndpointName,
} from './client.ts';
import { Once } from './once.ts';

/** A refusal is an answer; only what may pass by itself is asked again. */
const RETRIES_MAX = 2;
const isPassing = (error: unknown): boolean =>
  error instanceof ApiError && (error.status === 0 || error.status === 503 || error.status === 502);

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      retry: (failures, error) => failures < RETRIES_MAX && isPassing(error),
      refetchOnWindowFocus: true,
    },
  },
});

interface ReadOptions {
  readonly enabled?: boolean;
  /** Asks again by itself, while the page is in sight. */
  readonly everyMs?: number;
  /** Shows the answer before until the new one is there. */
  readonly keepPrevious?: boolean;
}

export const keyOf = <N extends EndpointName>(name: N, args?: Args<N>): readonly unknown[] =>
  args === undefined ? [name] : [name, args];

export function useApi<N extends EndpointName>(
  name: N,
  args: Args<N>,
  options: ReadOptions = {},
): UseQueryResult<Answer<N>, ApiError> {
  return useQuery<Answer<N>, ApiError>({
    queryKey: keyOf(name, args),
    queryFn: ({ signal }) => call(name, args, { signal }),
    ...(options.enabled === undefined ? {} : { enabled: options.enabled }),
    ...(options.everyMs === undefined ? {} : { refetchInterval: options.everyMs }),
    ...(options.keepPrevious === true ? { placeholderData: (before) => before } : {}),
  });
}

/** What is text and not JSON. */
export function useText<N extends EndpointName>(name: N, args: Args<N>): UseQueryResult<string, ApiError> {
  return useQuery<string, ApiError>({
    queryKey: keyOf(name, args),
    queryFn: ({ signal }) => callText(name, args, { signal }),
  });
}

type Page = { readonly items: readonly unknown[]; readonly next_cursor: string | null };
export type PageEndpoint = { [N in EndpointName]: Answer<N> extends Page ? N : never }[EndpointName];
/** N is an endpoint whose answers are pages, which the compiler does not follow. */
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- edge: the type of N says so
const pageOf = (answer: unknown): Page => answer as Page;
export type ItemOf<N extends PageEndpoint> = Answer<N> extends { items: (infer T)[] } ? T : never;

/** A list with a cursor, page after page. `items` of the result are those of all pages that were read. */
export function usePages<N extends PageEndpoint>(
  name: N,
  args: Args<N>,
  options: ReadOptions = {},
): UseInfiniteQueryResult<InfiniteData<Answer<N>>, ApiError> & { readonly items: readonly ItemOf<N>[] } {
  const result = useInfiniteQuery<
    Answer<N>,
    ApiError,
    InfiniteData<Answer<N>>,
    readonly unknown[],
    string | undefined
  >({
    queryKey: [...keyOf(name, args), 'pages'],
    initialPageParam: undefined,
    queryFn: ({ pageParam, signal }) => {
      const next = { ...partsOf(args), query: { ...partsOf(args).query, cursor: pageParam } };
      return call(name, next as Args<N>, { signal });
    },
    getNextPageParam: (page) => pageOf(page).next_cursor ?? undefined,
    ...(options.enabled === undefined ? {} : { enabled: options.enabled }),
    ...(options.everyMs === undefined ? {} : { refetchInterval: options.everyMs }),
    ...(options.keepPrevious === true ? { placeholderData: (before) => before } : {}),
  });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- edge: as above
  const items = (result.data?.pages ?? []).flatMap((page) => pageOf(page).items as readonly ItemOf<N>[]);
  return { ...result, items };
}

/** What an answer that is shown will be once a change is made. */
interface Expected<V> {
  readonly of: EndpointName;
  readonly draw: (client: QueryClient, given: V) => void;
}

/** For `expects` of a change: `draw` makes of each answer of `of` that is shown what it will be. */
export const expecting = <N extends EndpointName, V>(
  of: N,
  draw: (shown: Answer<N>, given: V) => Answer<N>,
): Expected<V> => ({
  of,
  draw: (client, given) =>
    void client.setQueriesData<Answer<N>>({ queryKey: [of] }, (shown) =>
      shown === undefined ? undefined : draw(shown, given),
    ),
});

type Shown = ReturnType<QueryClient['getQueriesData']>;

interface WorkOptions<T, V> {
  /** Endpoints whose cached answers are no longer true afterwards. */
  readonly outdates?: readonly EndpointName[];
  /** Shown before the vault has answered, and taken back when it fails: only for what nobody's access rests on. */
  readonly expects?: Expected<V>;
  readonly onDone?: (answer: T, given: V) => void | Promise<void>;
}

export function useChange<N extends EndpointName>(
  name: N,
  options: WorkOptions<Answer<N>, Args<N>> = {},
): UseMutationResult<Answer<N>, ApiError, Args<N>, Shown> {
  const [once] = useState(() => new Once(name));
  return useWork<Answer<N>, Args<N>>((args) => once.send(args), options);
}

/** A change that takes more than one call, or somebody's device between two. `work` fails with `ApiError`s only. */
export function useWork<T, V = void>(
  work: (given: V) => Promise<T>,
  options: WorkOptions<T, V> = {},
): UseMutationResult<T, ApiError, V, Shown> {
  const client = useQueryClient();
  const outdate = () =>
    Promise.all((options.outdates ?? []).map((other) => client.invalidateQueries({ queryKey: [other] })));
  return useMutation<T, ApiError, V, Shown>({
    mutationFn: work,
    // What was sent may hold a credential: it is let go of at once.
    gcTime: 0,
    onMutate: async (given) => {
      if (options.expects === undefined) return [];
      const queryKey = [options.expects.of];
      // An answer from before the change would draw over what is expected of it.
      await client.cancelQueries({ queryKey });
      const shown = client.getQueriesData({ queryKey });
      options.expects.draw(client, given);
      return shown;
    },
    onSuccess: async (answer, given) => {
      await outdate();
      await options.onDone?.(answer, given);
    },
    onError: async (error, _given, shown) => {
      for (const [key, answer] of shown ?? []) client.setQueryData(key, answer);
      if (isUnsure(error)) await outdate();
    },
  });
}
