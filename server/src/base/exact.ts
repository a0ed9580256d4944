/**
 * The same items without the room for more that a list keeps which was filled one by one: of 184 bytes for two items 64
 * are left. For lists that a program holds by the ten thousand.
 */
export const exact = <T>(filled: readonly T[]): T[] => [...filled];
