using System.Buffers;
using System.Collections.Concurrent;
using Microsoft.AspNetCore.Connections;

namespace Pacs.Api.Hosting;

/// <summary>
/// Kestrel's buffers in blocks of 256 KiB rather than 4: it receives one block at a time, and an image is hundreds of
/// those. An idle connection holds none.
/// </summary>
internal sealed class LargeBlockPool : MemoryPool<byte>
{
    private const int BlockSize = 256 * 1024;

    /// <summary>Blocks kept for the next connection: 16 MiB of them.</summary>
    private const int MaxKept = 64;

    private readonly ConcurrentQueue<Block> _kept = new();

    public override int MaxBufferSize => BlockSize;

    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minBufferSize, BlockSize);
        return _kept.TryDequeue(out var block) ? block : new Block(this);
    }

    protected override void Dispose(bool disposing) => _kept.Clear();

    private void Return(Block block)
    {
        if (_kept.Count < MaxKept) _kept.Enqueue(block);
    }

    /// <summary>Makes a pool for each of Kestrel's transports.</summary>
    public sealed class Factory : IMemoryPoolFactory<byte>
    {
        public MemoryPool<byte> Create(MemoryPoolOptions? options = null) => new LargeBlockPool();
    }

    // Pinned for good: the sockets' system calls need not pin it each time.
    private sealed class Block(LargeBlockPool pool) : IMemoryOwner<byte>
    {
        public Memory<byte> Memory { get; } = System.Runtime.InteropServices.MemoryMarshal.CreateFromPinnedArray(GC.AllocateUninitializedArray<byte>(BlockSize, pinned: true), 0, BlockSize);

        public void Dispose() => pool.Return(this);
    }
}
