using Microsoft.Extensions.Logging;
using Pacs.Dicom.Net;
using Pacs.Dicom.Parsing;
using Pacs.Dicom.TransferSyntaxes;
using Pacs.Storage.Gateway;
using Pacs.Storage.Preprocessing;
using Pacs.Storage.Retrieval;

namespace Pacs.Storage.Sending;

/// <summary>Sends a stored instance to a destination: as it is stored when the destination takes that, converted between native syntaxes when not. Blocks.</summary>
public sealed class InstanceSender(RetrievalService retrieval, OutboundDatasets datasets, ILogger<InstanceSender> logger)
{
    /// <summary>Bytes of a file at an archive behind this one that is sent only when all of it is here. A longer one is given on while it comes.</summary>
    private const long MaxAwaited = 64L << 20;

    /// <exception cref="AssociationException">The association is over; whether the peer has the object is not known.</exception>
    public SendResult Send(IStoreDestination destination, StoredInstance instance, SendOptions options)
    {
        var context = Choose(destination.FindContexts(instance.SopClassUid), instance);
        if (context is null) return new SendResult(SendOutcome.Refused, null, $"Not accepted: {ObjectKind.Of(instance)}");
        try
        {
            using var remote = instance.IsRemote ? retrieval.OpenBlob(instance) : null;
            using var dataset = datasets.Open(instance, context.TransferSyntax, options.Changes);
            // What an archive breaks off in the midst of would end the association, and with it all that was still to come.
            if (remote?.Length <= MaxAwaited) remote.Read(remote.Length - 1, new byte[1]);
            return SendResult.Of(destination.Store(new StoreOperation(context, instance.SopClassUid, instance.SopInstanceUid, options.Throttle?.Wrap(dataset) ?? dataset)
            {
                Priority = options.Priority,
                MoveOriginatorAeTitle = options.MoveOriginatorAeTitle,
                MoveOriginatorMessageId = options.MoveOriginatorMessageId,
            }));
        }
        catch (PreprocessingException e)
        {
            return new SendResult(SendOutcome.Refused, null, $"Not sent: {e.Message}");
        }
        catch (BlobMissingException e) when (e.InnerException is ArchiveFetchException)
        {
            logger.Unreadable(instance.SopInstanceUid, instance.BlobKey, e);
            return new SendResult(SendOutcome.NotNow, null, "The archive that has the file does not give it");
        }
        catch (Exception e) when (e is BlobMissingException or IOException or DicomFormatException)
        {
            if (!retrieval.Has(instance)) return SendResult.Gone;
            // What is wrong with one file concerns no other. Where it shows in the midst of the object, the association is over.
            logger.Unreadable(instance.SopInstanceUid, instance.BlobKey, e);
            return new SendResult(SendOutcome.Refused, null, "The stored object cannot be read: restore it from backup");
        }
    }

    /// <summary>The stored syntax; else one that it can be converted to, Explicit VR Little Endian first.</summary>
    private PresentationContext? Choose(IReadOnlyList<PresentationContext> contexts, StoredInstance instance) =>
        contexts.FirstOrDefault(c => c.TransferSyntax == instance.TransferSyntax)
        ?? contexts.Where(c => retrieval.CanServe(instance, c.TransferSyntax)).MinBy(c => Preference(c.TransferSyntax));

    private static int Preference(TransferSyntax syntax) =>
        syntax == TransferSyntaxRegistry.ExplicitVrLittleEndian ? 0 : syntax == TransferSyntaxRegistry.ImplicitVrLittleEndian ? 1 : 2;
}
