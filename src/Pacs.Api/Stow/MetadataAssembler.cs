using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Primitives;
using Pacs.Dicom.TransferSyntaxes;
using Pacs.Storage.Ingest;
using Pacs.Storage.Multipart;

namespace Pacs.Api.Stow;

/// <summary>Makes a data set of metadata and the bulk data that they refer to (PS3.18 §10.5.1.4, §10.5.2).</summary>
internal sealed class MetadataAssembler(BulkParts parts)
{
    private static readonly Tag AvailableTransferSyntax = new(0x00083002);

    /// <summary>Puts the bulk data into the metadata, and what its images say of themselves.</summary>
    /// <param name="dataset">The metadata; changed.</param>
    /// <param name="study">Of the address; taken where the metadata name none.</param>
    /// <returns>The transfer syntax to write it in.</returns>
    /// <exception cref="AssemblyException">It cannot be.</exception>
    public TransferSyntax Assemble(DicomDataset dataset, string? study)
    {
        var hint = dataset.GetString(Tags.TransferSyntaxUID) ?? dataset.GetString(AvailableTransferSyntax);
        RemoveFileMeta(dataset);
        if (study is not null && dataset.GetString(Tags.StudyInstanceUID) is null) dataset.Set(Tags.StudyInstanceUID, study);
        var syntax = TransferSyntaxRegistry.ExplicitVrLittleEndian;
        foreach (var reference in dataset.OfType<BulkDataReference>().ToList())
        {
            var found = Find(reference);
            switch (reference.Tag)
            {
                case var tag when tag == Tags.PixelData:
                    syntax = PixelParts.Put(dataset, reference.Vr, found, hint);
                    break;
                case var tag when tag == Tags.EncapsulatedDocument:
                    PutDocument(dataset, One(reference, found));
                    break;
                default:
                    dataset.Set(Streamed(reference, One(reference, found)));
                    break;
            }
        }
        foreach (var item in dataset.OfType<SequenceElement>().SelectMany(s => s.Items)) PutNested(item);
        if (!syntax.IsEncapsulated) PixelDescription.CheckNative(dataset);
        return syntax;
    }

    private static void RemoveFileMeta(DicomDataset dataset)
    {
        foreach (var tag in dataset.Select(e => e.Tag).Where(t => t.Group == 2 || t.IsGroupLength).ToList()) dataset.Remove(tag);
    }

    private void PutNested(DicomDataset item)
    {
        foreach (var reference in item.OfType<BulkDataReference>().ToList()) item.Set(Streamed(reference, One(reference, Find(reference))));
        foreach (var inner in item.OfType<SequenceElement>().SelectMany(s => s.Items)) PutNested(inner);
    }

    private IReadOnlyList<BulkPart> Find(BulkDataReference reference)
    {
        var found = parts.Find(reference.Uri);
        if (found.Count == 0) throw Fault(reference, "no part has this as its Content-Location");
        if (found.FirstOrDefault(p => p.Fault is not null) is { Fault: { } fault }) throw Fault(reference, fault);
        return found;
    }

    private static BulkPart One(BulkDataReference reference, IReadOnlyList<BulkPart> found) =>
        found.Count == 1 ? found[0] : throw Fault(reference, "several parts have this as their Content-Location");

    private static StreamedElement Streamed(BulkDataReference reference, BulkPart part)
    {
        if (part.Value.Length % reference.Vr.UnitSize != 0) throw Fault(reference, $"the length is no multiple of {reference.Vr.UnitSize}");
        if (part.Value.Length > uint.MaxValue - 2) throw Fault(reference, "longer than an element can be");
        return new StreamedElement(reference.Tag, reference.Vr, [part.Value]);
    }

    private static void PutDocument(DicomDataset dataset, BulkPart part)
    {
        if (part.Value.Length > uint.MaxValue - 2) throw new AssemblyException(IngestOutcome.NotUnderstood, "The document is longer than an element can be.");
        dataset.Set(new StreamedElement(Tags.EncapsulatedDocument, Vr.OB, [part.Value]));
        if (part.MediaType.Name != Negotiation.MediaTypes.OctetStream)
            PixelDescription.FillOrCheck(dataset, Tags.MIMETypeOfEncapsulatedDocument, part.MediaType.Name, StringComparison.OrdinalIgnoreCase);
        PixelDescription.FillOrCheck(dataset, Tags.EncapsulatedDocumentLength, part.Value.Length);
    }

    private static AssemblyException Fault(BulkDataReference reference, string what) =>
        new(IngestOutcome.NotUnderstood, $"Bulk data of {DataElementDictionary.KeywordOf(reference.Tag) ?? reference.Tag.ToHex()}: {what}.");
}
