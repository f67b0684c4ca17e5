namespace Pacs.Fuzz.Tests.Fuzzing;

/// <summary>Code that reads what a stranger sent, and what has to hold whatever that is.</summary>
internal abstract class FuzzTarget
{
    /// <summary>Names the folder of its corpus.</summary>
    public abstract string Name { get; }

    /// <summary>Inputs that are in order: what mutation begins with.</summary>
    public abstract IEnumerable<byte[]> Seeds { get; }

    /// <summary>Pieces that mean something to the reader, to be strewn in.</summary>
    public virtual IReadOnlyList<byte[]> Tokens => [];

    /// <summary>Reads the input; true when it was accepted, false when it was refused as it should be.</summary>
    /// <param name="input">Anything.</param>
    /// <param name="random">Where to cut, what to try: the same for the same input.</param>
    /// <exception cref="Exception">Any exception is a finding: a refusal of another type than the reader promises, or a <see cref="FuzzException"/>.</exception>
    public abstract bool Run(byte[] input, Random random);

    /// <summary>Bytes that one run may allocate.</summary>
    public virtual long AllowedAllocation(int inputLength) => 16L * 1024 * 1024 + 4096L * inputLength;

    /// <summary>Cuts the input into pieces of random size, empty ones among them.</summary>
    protected static IEnumerable<ReadOnlyMemory<byte>> Cut(ReadOnlyMemory<byte> input, Random random)
    {
        var most = random.Next(1, 64);
        while (!input.IsEmpty)
        {
            var length = Math.Min(input.Length, random.Next(0, most + 1));
            yield return input[..length];
            input = input[length..];
        }
    }

    protected static void Require(bool condition, string rule)
    {
        if (!condition) throw new FuzzException(rule);
    }

    protected static void RequireEqual(ReadOnlySpan<byte> expected, ReadOnlySpan<byte> actual, string rule)
    {
        if (expected.SequenceEqual(actual)) return;
        throw new FuzzException($"{rule} First difference at byte {expected.CommonPrefixLength(actual)} of {expected.Length} and {actual.Length}.");
    }
}
