using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.UpperLayer;
using Pacs.Fuzz.Tests.Fuzzing;

namespace Pacs.Fuzz.Tests.Targets;

/// <summary>Protocol data units: whole, in part, and the values of P-DATA-TF as they trickle in.</summary>
internal sealed class PduTarget : FuzzTarget
{
    public override string Name => "pdu";

    public override IEnumerable<byte[]> Seeds { get; } =
    [
        PduWriter.ToArray(new AAssociateRq
        {
            CalledAeTitle = "PACS",
            CallingAeTitle = "MODALITY",
            PresentationContexts =
            [
                new PresentationContextProposal(1, Uids.Verification, [Uids.ImplicitVRLittleEndian]),
                new PresentationContextProposal(3, Uids.CTImageStorage, [Uids.ExplicitVRLittleEndian, Uids.JPEGLossless]),
            ],
            UserInformation = User with { UserIdentity = new UserIdentity((UserIdentityType)2, "bob"u8.ToArray()) { PositiveResponseRequested = true, SecondaryField = "secret"u8.ToArray() } },
        }),
        PduWriter.ToArray(new AAssociateAc
        {
            CalledAeTitle = "PACS",
            CallingAeTitle = "MODALITY",
            PresentationContexts = [new PresentationContextResult(1, default, Uids.ImplicitVRLittleEndian), new PresentationContextResult(3, (PresentationContextReason)3, "")],
            UserInformation = User with { UserIdentityResponse = "ticket"u8.ToArray() },
        }),
        PduWriter.ToArray(new AAssociateRj(new Rejection(1, 1, 7))),
        PduWriter.ToArray(new PDataTf(new PresentationDataValue(1, true, true, new byte[20]), new PresentationDataValue(3, false, false, new byte[7]))),
        PduWriter.ToArray(new AReleaseRq()),
        PduWriter.ToArray(new AReleaseRp()),
        PduWriter.ToArray(new AAbort((AbortSource)2, (AbortReason)6)),
    ];

    private static UserInformation User => new()
    {
        MaxPduLength = 16384,
        ImplementationClassUid = "1.2.3",
        ImplementationVersionName = "TEST",
        AsyncOperationsWindow = new AsyncOperationsWindow(2, 3),
        RoleSelections = [new RoleSelection(Uids.CTImageStorage, false, true)],
        ExtendedNegotiations = [new SopClassExtendedNegotiation(Uids.StudyRootQueryRetrieveInformationModelFind, new byte[] { 1, 1, 1 })],
        CommonExtendedNegotiations = [new SopClassCommonExtendedNegotiation(Uids.CTImageStorage, "1.2.840.10008.4.2", ["1.2.3", "1.2.4"])],
    };

    public override bool Run(byte[] input, Random random)
    {
        var prefix = input.AsSpan(0, random.Next(input.Length + 1));
        try
        {
            if (!PduReader.TryRead(input, PduLimits.Default, out var pdu, out var consumed))
            {
                Require(consumed == 0, "What is not there yet consumes nothing.");
                return false;
            }
            if (prefix.Length < consumed)
                Require(!PduReader.TryRead(prefix, PduLimits.Default, out _, out var early) && early == 0, "A part of a PDU waits for the rest.");
            if (pdu is PDataTf data) RequireSameInPieces(data, input[..consumed], random);
            RequireSameWhenWritten(pdu);
            return true;
        }
        catch (PduException)
        {
            return false;
        }
    }

    /// <summary>Written, read and written again is the same; what cannot be written (no AE title) has no such form.</summary>
    private static void RequireSameWhenWritten(Pdu pdu)
    {
        if (pdu is AAssociateRq { CalledAeTitle: "" } or AAssociateRq { CallingAeTitle: "" } or AAssociateAc { CalledAeTitle: "" } or AAssociateAc { CallingAeTitle: "" }) return;
        var written = PduWriter.ToArray(pdu);
        Require(PduReader.TryRead(written, PduLimits.Default, out var again, out var consumed) && consumed == written.Length, "What was written is one PDU.");
        RequireEqual(written, PduWriter.ToArray(again!), "A PDU that is read is written the same.");
    }

    private static void RequireSameInPieces(PDataTf whole, byte[] bytes, Random random)
    {
        Require(PduHeader.TryRead(bytes, PduLimits.Default, out var header), "A PDU has a header.");
        var reader = new PDataReader();
        reader.Begin(header);
        List<byte> values = [];
        ReadOnlyMemory<byte> buffer = default;
        foreach (var piece in Cut(bytes.AsMemory(PduHeader.Size), random))
        {
            buffer = new ReadOnlyMemory<byte>([.. buffer.Span, .. piece.Span]);
            while (reader.TryRead(ref buffer, out var part)) values.AddRange(part.Data.Span);
        }
        Require(!reader.IsWithinPdu && buffer.IsEmpty, "All of the PDU is read.");
        RequireEqual(whole.Values.SelectMany(v => v.Data.ToArray()).ToArray(), values.ToArray(), "Values are the same however they come.");
    }
}
