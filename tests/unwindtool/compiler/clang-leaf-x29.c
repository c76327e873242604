/* SPDX-License-Identifier: GPL-2.0-only */
/* x29 holds a value in a function that calls nothing: see clang-leaf-x29.md */
void f(const unsigned int *a, unsigned int *b)
{
	unsigned int v0 = a[0] * a[3];
	unsigned int v1 = a[1] * a[10];
	unsigned int v2 = a[2] * a[17];
	unsigned int v3 = a[3] * a[24];
	unsigned int v4 = a[4] * a[1];
	unsigned int v5 = a[5] * a[8];
	unsigned int v6 = a[6] * a[15];
	unsigned int v7 = a[7] * a[22];
	unsigned int v8 = a[8] * a[29];
	unsigned int v9 = a[9] * a[6];
	unsigned int v10 = a[10] * a[13];
	unsigned int v11 = a[11] * a[20];
	unsigned int v12 = a[12] * a[27];
	unsigned int v13 = a[13] * a[4];
	unsigned int v14 = a[14] * a[11];
	unsigned int v15 = a[15] * a[18];
	unsigned int v16 = a[16] * a[25];
	unsigned int v17 = a[17] * a[2];
	unsigned int v18 = a[18] * a[9];
	unsigned int v19 = a[19] * a[16];
	unsigned int v20 = a[20] * a[23];
	unsigned int v21 = a[21] * a[0];
	unsigned int v22 = a[22] * a[7];
	unsigned int v23 = a[23] * a[14];
	unsigned int v24 = a[24] * a[21];
	unsigned int v25 = a[25] * a[28];
	unsigned int v26 = a[26] * a[5];
	unsigned int v27 = a[27] * a[12];
	unsigned int v28 = a[28] * a[19];
	unsigned int v29 = a[29] * a[26];

	b[0] = v1 ^ v8 ^ v9 ^ v12 ^ v13 ^ v15 ^ v16 ^ v24 ^ v27 ^ v28;
	b[1] = v3 ^ v4 ^ v6 ^ v9 ^ v11 ^ v15 ^ v16 ^ v18 ^ v19 ^ v24;
	b[2] = v2 ^ v3 ^ v4 ^ v8 ^ v9 ^ v17 ^ v19 ^ v22 ^ v25 ^ v29;
	b[3] = v3 ^ v10 ^ v11 ^ v13 ^ v15 ^ v17 ^ v21 ^ v26 ^ v27 ^ v28;
	b[4] = v1 ^ v6 ^ v8 ^ v14 ^ v15 ^ v16 ^ v17 ^ v19 ^ v20 ^ v26;
	b[5] = v0 ^ v2 ^ v12 ^ v19 ^ v20 ^ v21 ^ v22 ^ v23 ^ v28 ^ v29;
}
