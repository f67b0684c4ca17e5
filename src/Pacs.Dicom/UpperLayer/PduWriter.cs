using System.Buffers.Binary;

namespace Pacs.Dicom.UpperLayer;

/// <summary>Writes PDUs (PS3.8 §9.3); byte tables at the records. What <see cref="PduReader"/> read is written back the same, but for items it does not know.</summary>
public static class PduWriter
{
    /// <summary>Bytes before the fragment in a P-DATA-TF of one value.</summary>
    public const int PDataHeaderLength = PduHeader.Size + PresentationDataValue.HeaderLength;

    /// <exception cref="ArgumentException">An AE title is empty or longer than 16 characters, or an item is longer than its 16-bit length can say.</exception>
    public static byte[] ToArray(Pdu pdu) => new ItemWriter().Pdu(pdu.Type, w => WriteBody(w, pdu)).ToArray();

    /// <summary>The header of a P-DATA-TF of one value, in front of its fragment.</summary>
    public static void WritePDataHeader(Span<byte> header, byte contextId, bool isCommand, bool isLast, int fragmentLength)
    {
        header[0] = (byte)PduType.PDataTf;
        header[1] = 0;
        BinaryPrimitives.WriteUInt32BigEndian(header[2..], (uint)(PresentationDataValue.HeaderLength + fragmentLength));
        BinaryPrimitives.WriteUInt32BigEndian(header[6..], (uint)(2 + fragmentLength));
        header[10] = contextId;
        header[11] = Control(isCommand, isLast);
    }

    private static void WriteBody(ItemWriter w, Pdu pdu)
    {
        switch (pdu)
        {
            case AAssociateRq rq:
                WriteAssociateHead(w, rq.ProtocolVersion, rq.CalledAeTitle, rq.CallingAeTitle, rq.ApplicationContextName);
                foreach (var context in rq.PresentationContexts) WriteProposal(w, context);
                WriteUserInformation(w, rq.UserInformation);
                break;
            case AAssociateAc ac:
                WriteAssociateHead(w, ac.ProtocolVersion, ac.CalledAeTitle, ac.CallingAeTitle, ac.ApplicationContextName);
                foreach (var context in ac.PresentationContexts) WriteResult(w, context);
                WriteUserInformation(w, ac.UserInformation);
                break;
            case AAssociateRj rj: w.Byte(0).Byte(rj.Rejection.Result).Byte(rj.Rejection.Source).Byte(rj.Rejection.Reason); break;
            case PDataTf data: foreach (var value in data.Values) WriteValue(w, value); break;
            case AAbort abort: w.Zeros(2).Byte((byte)abort.Source).Byte((byte)abort.Reason); break;
            default: w.Zeros(4); break;
        }
    }

    private static void WriteAssociateHead(ItemWriter w, ushort version, string called, string calling, string applicationContext) =>
        w.UInt16(version).Zeros(2).AeTitle(called).AeTitle(calling).Zeros(32).Item(ItemType.ApplicationContext, i => i.Text(applicationContext));

    private static void WriteProposal(ItemWriter w, PresentationContextProposal context) => w.Item(ItemType.PresentationContextProposal, i =>
    {
        i.Byte(context.Id).Zeros(3).Item(ItemType.AbstractSyntax, s => s.Text(context.AbstractSyntax));
        foreach (var uid in context.TransferSyntaxes) i.Item(ItemType.TransferSyntax, s => s.Text(uid));
    });

    private static void WriteResult(ItemWriter w, PresentationContextResult context) => w.Item(ItemType.PresentationContextResult, i =>
        i.Byte(context.Id).Zeros(1).Byte((byte)context.Reason).Zeros(1).Item(ItemType.TransferSyntax, s => s.Text(context.TransferSyntax)));

    private static void WriteValue(ItemWriter w, PresentationDataValue value) =>
        w.UInt32((uint)(2 + value.Data.Length)).Byte(value.ContextId).Byte(Control(value.IsCommand, value.IsLast)).Bytes(value.Data.Span);

    private static byte Control(bool isCommand, bool isLast) =>
        (byte)((isCommand ? PresentationDataValue.CommandFlag : 0) | (isLast ? PresentationDataValue.LastFlag : 0));

    // Sub-items in the order of their types (PS3.7 §D.3.3 asks for none).
    private static void WriteUserInformation(ItemWriter w, UserInformation user) => w.Item(ItemType.UserInformation, i =>
    {
        if (user.MaxPduLength is { } length) i.Item(ItemType.MaximumLength, s => s.UInt32(length));
        if (user.ImplementationClassUid is { } uid) i.Item(ItemType.ImplementationClassUid, s => s.Text(uid));
        if (user.AsyncOperationsWindow is { } window) i.Item(ItemType.AsyncOperationsWindow, s => s.UInt16(window.MaxInvoked).UInt16(window.MaxPerformed));
        foreach (var role in user.RoleSelections)
            i.Item(ItemType.RoleSelection, s => s.CountedText(role.SopClassUid).Byte(role.Scu ? (byte)1 : (byte)0).Byte(role.Scp ? (byte)1 : (byte)0));
        if (user.ImplementationVersionName is { } name) i.Item(ItemType.ImplementationVersionName, s => s.Text(name));
        foreach (var extended in user.ExtendedNegotiations)
            i.Item(ItemType.SopClassExtendedNegotiation, s => s.CountedText(extended.SopClassUid).Bytes(extended.ApplicationInformation.Span));
        foreach (var common in user.CommonExtendedNegotiations)
            i.Item(ItemType.SopClassCommonExtendedNegotiation, s => WriteCommonExtended(s, common), common.Version);
        if (user.UserIdentity is { } identity)
        {
            i.Item(ItemType.UserIdentity, s => s.Byte((byte)identity.Type).Byte(identity.PositiveResponseRequested ? (byte)1 : (byte)0)
                .CountedBytes(identity.PrimaryField).CountedBytes(identity.SecondaryField));
        }
        if (user.UserIdentityResponse is { } response) i.Item(ItemType.UserIdentityResponse, s => s.CountedBytes(response));
    });

    private static void WriteCommonExtended(ItemWriter w, SopClassCommonExtendedNegotiation common) =>
        w.CountedText(common.SopClassUid).CountedText(common.ServiceClassUid).Counted(list =>
        {
            foreach (var uid in common.RelatedGeneralSopClassUids) list.CountedText(uid);
        });
}
