using Pacs.Dicom.Datasets;
using Pacs.Dicom.TransferSyntaxes;
using Pacs.Storage.Retrieval;

namespace Pacs.Storage.Preprocessing;

/// <summary>
/// The data sets that are sent, by whatever protocol: as they are stored, or changed on the way. The header is then in
/// memory; bulk data is streamed from where it is stored.
/// </summary>
public sealed class OutboundDatasets(RetrievalService retrieval, TimeProvider time)
{
    /// <summary>The data set, from its first byte, in the wanted transfer syntax; streamed.</summary>
    /// <param name="instance">What is sent.</param>
    /// <param name="wanted">In which transfer syntax: one that <see cref="RetrievalService.CanServe"/>.</param>
    /// <param name="changes">What is to be changed; null for nothing.</param>
    /// <exception cref="PreprocessingException">It cannot be changed so.</exception>
    /// <exception cref="BlobMissingException">The index has it, the blob store has not.</exception>
    public Stream Open(StoredInstance instance, TransferSyntax wanted, AttributeChanges? changes)
    {
        if (changes is null) return retrieval.OpenDataset(instance, wanted);
        if (!retrieval.CanServe(instance, wanted)) throw new NotSupportedException($"{instance.TransferSyntax} cannot be turned into {wanted}.");
        var header = retrieval.ReadHeader(instance);
        if (!changes.Apply(header, time.GetUtcNow())) return retrieval.OpenDataset(instance, wanted);
        // Retired, and wrong from now on.
        foreach (var length in header.Where(e => e.Tag.IsGroupLength).ToList()) header.Remove(length.Tag);
        var stored = retrieval.OpenPlain(instance);
        try
        {
            var syntax = instance.TransferSyntax.IsDeflated ? TransferSyntaxRegistry.ExplicitVrLittleEndian : instance.TransferSyntax;
            var changed = SplicedDataset.Open(header, syntax, stored);
            return wanted == syntax ? changed : NativeTranscodingStream.Create(changed, syntax, wanted);
        }
        catch
        {
            stored.Dispose();
            throw;
        }
    }
}
