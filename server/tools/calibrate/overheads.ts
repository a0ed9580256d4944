/**
 * What every launch takes on a GPU and on its host, the same in all ways to run: precision and compilation change what a kernel does, not what
 * it takes to launch it. Fits of single ways to run found 4 to 13 us for the one and 24 to 50 for the other, and predict other families no
 * better than these do: few of their rows depend on either.
 */

/** Seconds of the shortest kernels that were measured (NeuSight). */
export const launchSeconds = 4e-6;

/** Seconds per launch that rows of images and transformers are fitted with; hardly any waits for its host. Pipelines and language models, which do, tell what it is. */
export const issueSeconds = { convolutions: 4.2e-5, transformers: 1.9e-5 } as const;
